//! How far the kernel's audit records are chained: by the attester itself where the policy names it as their
//! reader, else by who is, and tells it by a channel.

use cloister_audit_chain::Chains;
use cloister_audit_heads::{CHANNEL, Heads, MAX_BYTES};
use cloister_runtime::abi::{AUDIT_CHANNEL, InfoPage};
use cloister_runtime::ring::Reader;
use cloister_runtime::{Channel, audit};

/// Records of one processor that are chained in one turn at most: a fraction of a millisecond.
const AT_ONCE: usize = 32;

/// Who chains the records.
pub enum Audit {
    /// The attester.
    Here(&'static InfoPage, Chains),
    /// Another component, which last said this.
    Told(Reader<'static>, Heads),
    /// Nobody, as far as the policy tells the attester.
    Nobody,
}

impl Audit {
    /// As the policy says.
    pub fn new(info: &'static InfoPage) -> Self {
        if info.channel(AUDIT_CHANNEL).is_some() {
            return Self::Here(info, Chains::new());
        }
        match Channel::named(info, CHANNEL).and_then(|channel| channel.reader()) {
            Some(reader) => Self::Told(reader, Heads::NONE),
            None => Self::Nobody,
        }
    }

    /// How far the chains are now.
    pub fn heads(&mut self) -> Option<Heads> {
        match self {
            Self::Here(info, chains) => {
                let blocks = audit::blocks(info).map(|block| |number| block.read(number));
                chains.read(blocks, AT_ONCE, |_| {});
                Some(chains.heads())
            }
            Self::Told(reader, heads) => {
                let mut buffer = [0; MAX_BYTES];
                if let Some(record) = reader.read_latest(&mut buffer) {
                    // A record that is none of heads changes nothing.
                    let said = buffer.get(..record.length).and_then(Heads::read);
                    *heads = said.unwrap_or(*heads);
                }
                Some(*heads)
            }
            Self::Nobody => None,
        }
    }
}
