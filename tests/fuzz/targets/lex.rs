//! Any bytes: text is made of them, and tokens of the text.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    wyn_tests::watched::in_time(|| {
        let _ = wyn_syntax::lexemes(&text);
    });
});
