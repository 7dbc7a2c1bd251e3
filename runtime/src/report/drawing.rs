//! How a circle is drawn.
//!
//! ```text
//!     .-> the first
//!     |      what leads on to the next
//!     |   17 more
//!     |-> the last
//!     '----- what leads back to the first
//! ```

use std::fmt::Write as _;

/// Draws the parts, each with what leads to the next; so many are left out before the last.
pub(crate) fn circle(
    text: &mut String,
    parts: impl ExactSizeIterator<Item = (String, String)>,
    omitted: usize,
) {
    let last = parts.len().saturating_sub(1);
    for (at, (name, leads_on)) in parts.enumerate() {
        if at == last && omitted > 0 {
            let _ = writeln!(text, "    |   {omitted} more");
        }
        let enters = if at == 0 { ".->" } else { "|->" };
        let leaves = if at == last { "'-----" } else { "|     " };
        let _ = writeln!(text, "    {enters} {name}\n    {leaves} {leads_on}");
    }
}
