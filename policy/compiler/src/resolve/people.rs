//! Officers and the attester.

use super::Resolver;
use crate::{
    checks::names,
    diagnostic::{Diagnostic, Findings, quote},
    model::{Attestation, Officer, Officers},
    schema::TPM,
    source::Located,
    tree::{MapEntry, Tree, Value},
};

/// The officers.
pub fn officers(tree: &Tree, findings: &mut Findings) -> Officers {
    let Some(fields) = tree.table("officers") else { return Officers::default() };
    let officer = |(name, key): &MapEntry| Officer {
        name: name.clone(),
        key: match key.value {
            Value::Bytes(bytes) => Some(Located::new(bytes, key.span)),
            _ => None,
        },
    };
    let officers = Officers {
        span: fields.span,
        required: fields.number("required"),
        author: fields.text("author"),
        complete: !fields.malformed().contains(&"keys"),
        keys: fields.map("keys").iter().map(officer).collect(),
    };
    if let Some(author) = &officers.author {
        let known = || officers.keys.iter().map(|officer| officer.name.value.as_str());
        if !known().any(|name| name == author.value) {
            let near = findings.suggest(&author.value, known());
            findings.push(
                Diagnostic::new(
                    &names::UNKNOWN_AUTHOR,
                    author.span,
                    format!("the author {} has no key here", quote(&author.value)),
                )
                .help(format!("{near}name one of the officers in `keys`")),
            );
        }
    }
    officers
}

impl Resolver<'_> {
    pub(super) fn attestation(&mut self, tree: &Tree) -> Option<Attestation> {
        let fields = tree.table("attestation")?;
        Some(Attestation {
            span: fields.span,
            component: self.subject(fields, "component"),
            network: fields.text("network").map(|name| self.network(name)),
            port: fields.number("port"),
            tpm: fields.choice("tpm", &TPM),
        })
    }
}
