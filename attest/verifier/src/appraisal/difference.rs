//! Where a boot log first differs from what an image measures, and why, in words.

use cloister_evidence::{Claims, Event, log::IMAGE_PCR};

use crate::reference::{Expected, Reference};

/// The first difference between what was expected and what came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The event's place, from 1.
    pub number: usize,
    /// Whether no event before differs: else the manifest does.
    pub is_first: bool,
    /// What was expected there.
    pub expected: String,
    /// What came.
    pub came: String,
    /// Why, in words.
    pub cause: String,
}

/// The events of a boot log that come from the image.
pub fn image_events<'a>(claims: &Claims<'a>) -> Vec<Event<'a>> {
    let events = claims.boot_log.events().map(|logged| logged.record.event);
    events.filter(|event| event.pcr() == IMAGE_PCR).collect()
}

/// The reference values with which most events agree.
pub fn closest<'r>(references: &'r [Reference], claims: &Claims<'_>) -> Option<&'r Reference> {
    let came = image_events(claims);
    let agreeing = |reference: &&Reference| {
        came.iter().filter(|event| reference.events.iter().any(|it| it.event() == **event)).count()
    };
    // Of equal ones the first.
    references.iter().rev().max_by_key(agreeing)
}

/// The first difference; none if every event is as expected. As the manifest says what every file is, it is
/// named only where nothing else differs.
pub fn first(expected: &[Expected], came: &[Event<'_>]) -> Option<Difference> {
    let expected: Vec<Event<'_>> = expected.iter().map(Expected::event).collect();
    let length = expected.len().max(came.len());
    let mut differing = (0..length).filter(|place| expected.get(*place) != came.get(*place));
    let first = differing.next()?;
    let both = (expected.get(first), came.get(first));
    let number = match both {
        (Some(Event::Manifest(_)), Some(Event::Manifest(_))) => differing.next().unwrap_or(first),
        _ => first,
    };
    let shown = |event: Option<&Event<'_>>| match event {
        Some(event) => match event.sha256() {
            Some(sha256) => format!("{event} {sha256}"),
            None => event.to_string(),
        },
        None => "the end".to_owned(),
    };
    let (wanted, found) = (&expected[number..], &came[number.min(came.len())..]);
    Some(Difference {
        number: number + 1,
        is_first: number == first,
        expected: shown(wanted.first()),
        came: shown(found.first()),
        cause: cause(wanted, found) + &others(wanted, found),
    })
}

/// What else was changed, if only contents were. A policy's signature follows from the policy.
fn others(expected: &[Event<'_>], came: &[Event<'_>]) -> String {
    let pairs = expected.iter().zip(came).skip(1);
    let other = |(wanted, found): &(&Event<'_>, &Event<'_>)| {
        wanted != found && same_thing(wanted, found) && !matches!(found, Event::PolicySignature(_))
    };
    let others: Vec<_> = pairs.filter(other).map(|(_, found)| format!("the {found}")).collect();
    if others.is_empty() { String::new() } else { format!("; also another: {}", others.join(", ")) }
}

/// Whether both are of one kind and name.
fn same_thing(a: &Event<'_>, b: &Event<'_>) -> bool {
    a.kind() == b.kind() && a.name() == b.name()
}

/// Why the first of `came` is not the first of `expected`.
fn cause(expected: &[Event<'_>], came: &[Event<'_>]) -> String {
    let (Some(wanted), Some(found)) = (expected.first(), came.first()) else {
        return match (expected.first(), came.first()) {
            (Some(wanted), None) => format!("the {wanted} was not measured"),
            (_, Some(found)) => format!("the {found} is not part of the image"),
            (None, None) => "there is no difference".to_owned(),
        };
    };
    if same_thing(wanted, found) {
        return match (wanted, found) {
            (
                Event::Policy { version: wanted_version, sha256: wanted_digest, .. },
                Event::Policy { version: found_version, sha256: found_digest, .. },
            ) if wanted_digest == found_digest => format!(
                "the policy is the image's, but with version {found_version} instead of \
                 {wanted_version} or other switches"
            ),
            (Event::Policy { version: wanted, .. }, Event::Policy { version: found, .. })
                if found < wanted =>
            {
                format!("an older policy is enforced: version {found} instead of {wanted}")
            }
            (Event::Policy { version: wanted, .. }, Event::Policy { version: found, .. })
                if found > wanted =>
            {
                format!("a newer policy is enforced: version {found} instead of {wanted}")
            }
            _ => format!("the content of the {found} is not the image's"),
        };
    }
    let later_came = came.iter().any(|event| same_thing(event, wanted));
    let later_expected = expected.iter().any(|event| same_thing(event, found));
    match (later_came, later_expected) {
        (true, true) => format!("the {found} was measured before the {wanted}: another order"),
        (true, false) => format!("the {found} is not part of the image"),
        (false, true) => format!("the {wanted} was not measured"),
        (false, false) => format!("the {found} was measured in place of the {wanted}"),
    }
}
