//! The program's own file: names of functions for the report of a stack overflow, and sections for whoever reads them.

use std::fs;

/// The name of the function that begins at this address, if the executable was not stripped.
pub(crate) fn name_of(address: usize) -> Option<String> {
    let image = fs::read("/proc/self/exe").ok()?;
    let bias = load_bias(&image)?;
    let sections = Sections::of(&image)?;
    for index in 0..sections.count {
        let (kind, offset, size, link) = sections.get(index)?;
        const SYMTAB: u32 = 2;
        if kind != SYMTAB {
            continue;
        }
        let (_, names, _, _) = sections.get(link)?;
        for entry in image.get(offset..offset + size)?.chunks_exact(24) {
            let value = u64::from_le_bytes(entry[8..16].try_into().ok()?) as usize;
            const FUNCTION: u8 = 2;
            if entry[4] & 15 == FUNCTION && value.wrapping_add(bias) == address {
                let at = names + u32::from_le_bytes(entry[0..4].try_into().ok()?) as usize;
                let rest = image.get(at..)?;
                let end = rest.iter().position(|&byte| byte == 0)?;
                return Some(String::from_utf8_lossy(&rest[..end]).into_owned());
            }
        }
    }
    None
}

/// The bytes of the section with this name.
pub(crate) fn section<'a>(image: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let sections = Sections::of(image)?;
    let (_, names, _, _) =
        sections.get(usize::from(u16::from_le_bytes(image.get(0x3e..0x40)?.try_into().ok()?)))?;
    (0..sections.count).find_map(|index| {
        let at = names + sections.name(index)?;
        let end = at + name.len();
        let matches = image.get(at..end)? == name.as_bytes() && image.get(end) == Some(&0);
        let (_, offset, size, _) = sections.get(index).filter(|_| matches)?;
        image.get(offset..offset + size)
    })
}

struct Sections<'a> {
    image: &'a [u8],
    at: usize,
    count: usize,
}

impl<'a> Sections<'a> {
    fn of(image: &'a [u8]) -> Option<Sections<'a>> {
        let at = u64::from_le_bytes(image.get(0x28..0x30)?.try_into().ok()?) as usize;
        let count = u16::from_le_bytes(image.get(0x3c..0x3e)?.try_into().ok()?) as usize;
        Some(Sections { image, at, count })
    }

    /// Where its name is in the section of names.
    fn name(&self, index: usize) -> Option<usize> {
        let at = self.at + index * 64;
        Some(u32::from_le_bytes(self.image.get(at..at + 4)?.try_into().ok()?) as usize)
    }

    /// Kind, file offset, size, link.
    fn get(&self, index: usize) -> Option<(u32, usize, usize, usize)> {
        let header = self.image.get(self.at + index * 64..self.at + index * 64 + 64)?;
        let word =
            |at: usize| -> Option<u64> { Some(u64::from_le_bytes(header[at..at + 8].try_into().ok()?)) };
        let kind = u32::from_le_bytes(header[4..8].try_into().ok()?);
        let link = u32::from_le_bytes(header[40..44].try_into().ok()?);
        Some((kind, word(24)? as usize, word(32)? as usize, link as usize))
    }
}

/// Distance between addresses in the file and in memory.
pub(crate) fn load_bias(image: &[u8]) -> Option<usize> {
    // SAFETY: reads the process's auxiliary vector.
    let (headers, entry) = unsafe { (libc::getauxval(libc::AT_PHDR), libc::getauxval(libc::AT_ENTRY)) };
    if headers == 0 {
        return None;
    }
    let linked = u64::from_le_bytes(image.get(0x18..0x20)?.try_into().ok()?);
    Some((entry as usize).wrapping_sub(linked as usize))
}
