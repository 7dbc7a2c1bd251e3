//! Texts.

use std::collections::HashMap;

use crate::next;

/// N texts in no order, sorted.
pub(crate) fn strings(n: u64) -> u64 {
    let mut state = 1;
    let mut texts = Vec::new();
    for _ in 0..n {
        texts.push(format!("item {}", next(&mut state)));
    }
    texts.sort();
    let mut sum = 0;
    for (i, text) in texts.iter().enumerate() {
        sum += text.len() * (i & 7);
    }
    sum as u64
}

/// A text of N words is put together, and the words in it are counted.
pub(crate) fn words(n: u64) -> u64 {
    let mut state = 1;
    let mut words = Vec::new();
    for _ in 0..n {
        words.push(format!("w{}", next(&mut state) % 5000));
    }
    let text = words.join(" ");
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in text.split(' ') {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut sum = 0;
    for (word, count) in &counts {
        sum += word.len() * count * count;
    }
    sum as u64
}
