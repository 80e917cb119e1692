//! The format of an order in a file: its length, a checksum, its text.
//!
//! A write that a crash interrupts leaves a record that is shorter than its length, or a text that
//! does not match its checksum. Neither is read as an order.

const LENGTH: usize = size_of::<u32>();
const HEADER: usize = 2 * LENGTH;

pub(crate) fn encode(order: &str) -> Vec<u8> {
    let length = u32::try_from(order.len()).expect("an order is short");
    [&length.to_le_bytes(), &checksum(order.as_bytes()).to_le_bytes(), order.as_bytes()].concat()
}

/// The orders up to the first record that is not whole, and how many bytes they take.
pub(crate) fn decode_all(bytes: &[u8]) -> (Vec<String>, usize) {
    let mut orders = Vec::new();
    let mut end = 0;
    while let Some((order, length)) = decode(&bytes[end..]) {
        orders.push(order);
        end += length;
    }
    (orders, end)
}

/// The first order, and how many bytes it takes.
fn decode(bytes: &[u8]) -> Option<(String, usize)> {
    let length = number(bytes)?;
    let expected = number(bytes.get(LENGTH..)?)?;
    let end = HEADER.checked_add(usize::try_from(length).ok()?)?;
    let text = bytes.get(HEADER..end)?;
    let order = String::from_utf8(text.to_vec()).ok().filter(|_| checksum(text) == expected)?;
    Some((order, end))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_le_bytes)
}

/// FNV-1a, because it is short. It is not 0 for an empty text, so zeros, which a crash can leave at
/// the end of a file, are no record.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, &byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
