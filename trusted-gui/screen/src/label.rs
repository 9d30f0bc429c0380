//! What a level looks like to the user: the texts, colours and pattern of its marking.

use core::fmt::Write;

use cloister_policy_format::{Classification, Compartment, Level, MAX_COMPARTMENTS, PolicyView};
use heapless::String;

use crate::{
    color::{Color, WHITE, readable, rgb},
    font,
    pattern::Pattern,
};

/// A level's marking, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As much as there may be room for, such as `TOP SECRET//ALPHA/BRAVO`.
    long: String<160>,
    /// The short texts, such as `TS//A/B`.
    short: String<96>,
    /// The number of compartments instead of their names, such as `TS//2 COMPARTMENTS`.
    count: String<64>,
    /// The ground of the strip.
    pub ground: Color,
    /// The text on it.
    pub ink: Color,
    /// The pattern along its border.
    pub pattern: Pattern,
}

impl Label {
    /// The label of a level of a policy, or nothing if the level is none of that policy's.
    #[must_use]
    pub fn of_level(policy: &PolicyView<'_>, level: Level) -> Option<Self> {
        let classification = policy.classifications().get(level.classification.position())?;
        let section = policy.compartments();
        let compartments = (0..MAX_COMPARTMENTS)
            .filter(move |index| level.compartments.contains(*index))
            .filter_map(move |index| section.get(index));
        // A compartment that the policy does not have must not go unsaid.
        let complete = compartments.clone().count() == level.compartments.iter().count();
        complete.then(|| Self::new(&classification, compartments))
    }

    /// The label of a level: its classification and its compartments in the policy's order.
    ///
    /// The texts are written as in banner lines: `//` between classification and compartments, `/`
    /// between compartments. Text that could not be read on its ground is drawn black or white.
    #[must_use]
    pub fn new<'a>(
        classification: &Classification<'_>,
        compartments: impl Iterator<Item = Compartment<'a>> + Clone,
    ) -> Self {
        let count = compartments.clone().count();
        let mut counted = String::new();
        let whole = match count {
            0 => counted.push_str(classification.short).is_ok(),
            1 => write!(counted, "{}//1 COMPARTMENT", classification.short).is_ok(),
            _ => write!(counted, "{}//{count} COMPARTMENTS", classification.short).is_ok(),
        };
        if !whole {
            counted.clear();
        }
        let long = compartments.clone().map(|compartment| compartment.long);
        let short = compartments.map(|compartment| compartment.short);
        Self {
            long: banner(classification.long, long).unwrap_or_default(),
            short: banner(classification.short, short).unwrap_or_default(),
            count: counted,
            ground: classification.color,
            ink: readable(classification.text_color, classification.color),
            pattern: classification.pattern,
        }
    }

    /// The label of the trusted screen, which belongs to no level.
    #[must_use]
    pub fn trusted() -> Self {
        let text = |text: &str| String::try_from(text).unwrap_or_default();
        Self {
            long: text("TRUSTED SCREEN"),
            short: String::try_from("TRUSTED").unwrap_or_default(),
            count: String::try_from("TRUSTED").unwrap_or_default(),
            ground: rgb(0x2b_3643),
            ink: WHITE,
            pattern: Pattern::Double,
        }
    }

    /// The longest form that takes at most `most` characters; the shortest if none does.
    #[must_use]
    pub fn fitting(&self, most: usize) -> &str {
        let forms = [self.long.as_str(), &self.short, &self.count];
        let written = |form: &&str| !form.is_empty();
        forms
            .into_iter()
            .filter(written)
            .find(|form| font::length(form) <= most)
            .or_else(|| forms.into_iter().filter(written).min_by_key(|form| font::length(form)))
            .unwrap_or_default()
    }
}

/// One line of a banner, or nothing if it has no room.
fn banner<'a, const N: usize>(
    classification: &str,
    compartments: impl Iterator<Item = &'a str>,
) -> Option<String<N>> {
    let mut line = String::new();
    line.push_str(classification).ok()?;
    let mut separator = "//";
    for compartment in compartments {
        line.push_str(separator).ok()?;
        line.push_str(compartment).ok()?;
        separator = "/";
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{LEAST_CONTRAST, contrast};

    const SECRET: Classification<'static> = Classification {
        name: "secret",
        long: "SECRET",
        short: "S",
        color: rgb(0xc8_102e),
        text_color: WHITE,
        pattern: Pattern::Stripes,
    };

    fn compartments(count: usize) -> impl Iterator<Item = Compartment<'static>> + Clone {
        let all = [("ALPHA", "A"), ("BRAVO", "B")].into_iter().cycle().take(count);
        all.map(|(long, short)| Compartment { name: "", long, short })
    }

    #[test]
    fn forms_are_chosen_by_room() {
        let label = Label::new(&SECRET, compartments(2));
        assert_eq!(label.fitting(99), "SECRET//ALPHA/BRAVO");
        assert_eq!(label.fitting(19), "SECRET//ALPHA/BRAVO");
        assert_eq!(label.fitting(18), "S//A/B");
        assert_eq!(label.fitting(1), "S//A/B", "never nothing");
        assert_eq!(Label::new(&SECRET, compartments(0)).fitting(99), "SECRET");
    }

    #[test]
    fn more_compartments_than_fit_are_counted_and_not_left_out() {
        let label = Label::new(&SECRET, compartments(64));
        assert_eq!(label.fitting(999), "S//64 COMPARTMENTS");
        let label = Label::new(&SECRET, compartments(30));
        assert_eq!(label.fitting(70).len(), "S//".len() + 30 + 29);
        assert_eq!(label.fitting(40), "S//30 COMPARTMENTS");
    }

    #[test]
    fn text_stands_out_whatever_the_policy_says() {
        let unreadable = Classification { text_color: SECRET.color, ..SECRET };
        let label = Label::new(&unreadable, compartments(0));
        assert!(contrast(label.ink, label.ground) >= LEAST_CONTRAST);
        assert!(contrast(Label::trusted().ink, Label::trusted().ground) >= LEAST_CONTRAST);
    }
}
