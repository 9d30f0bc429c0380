//! Ring channel: records from one writer to one reader, who can do nothing to the writer.
//!
//! The memory is a slice of 64-bit words that the writer maps read-write and the reader read-only, so
//! there is no way back: the writer does not wait, and overwrites the oldest records when there is no
//! room. The reader finds out and counts what it lost. All access is by atomics, and for records' bytes by
//! copies outside the language (`crate::atomic`), so no content and no order of the other side's accesses is
//! undefined behaviour, and nothing here is unsafe.
//!
//! ```text
//! word 0   format      0 while the ring is being laid out, else "CLR1" and the epoch that did it
//! word 1   published   position behind the newest whole record
//! word 2   oldest      position of the oldest record that is not being overwritten
//! word 3   latest      position of the newest whole record
//! words 4 to 7         not used
//! words 8…             records, around and around
//! ```
//!
//! Positions count words, grow for ever and never wrap. A record is two words, its sequence number
//! and its length (low half, in bytes) with the writer's epoch (high half), and then its bytes. Any
//! word may be the first of a record.
//!
//! **Order.** To write, the writer first moves `oldest` past everything that it will overwrite, then
//! writes the record, then moves `published`. To read, the reader copies the record, and then looks
//! whether `oldest` has passed it: if not, no word of it was overwritten while it was copied. This
//! is a sequence lock; a release fence after `oldest` and an acquire fence before it is looked at
//! order both sides (checked in all orders of the memory model, `tests/ring_orders`).
//!
//! **Restart.** `oldest` and `published` never go back, so a writer that is ended at any instruction
//! leaves a ring whose whole records are all still whole. The next incarnation goes on behind them with
//! its own epoch in its records. Only where the memory holds no ring does it lay one out anew.
//!
//! **Trust.** The reader loads each word once for each use and believes none: what contradicts
//! itself is counted as malformed and skipped, in bounded work.

mod layout;
mod reader;
mod span;
mod writer;

pub use layout::{HEADER_WORDS, MINIMUM_WORDS};
pub use reader::{Peeked, Reader, Record, Statistics};
pub use span::{Piece, Span};
pub use writer::{TooLong, Writer};
