//! The checks. One rule, one function, one sentence, one fixture in `tests/fixtures`.

pub mod channels;
pub mod devices;
pub mod flows;
pub mod form;
pub mod guards;
pub mod images;
pub mod lattice;
pub mod marking;
pub mod memory;
pub mod names;
pub mod officers;
pub mod paths;
pub mod schedule;
pub mod slots;
pub mod switches;
pub mod usage;

use crate::check::Check;

/// All checks, by id.
pub fn all() -> impl Iterator<Item = &'static Check> {
    [
        form::CHECKS,
        names::CHECKS,
        usage::CHECKS,
        lattice::CHECKS,
        marking::CHECKS,
        flows::declared::CHECKS,
        flows::room::CHECKS,
        flows::shared::CHECKS,
        flows::time::CHECKS,
        paths::CHECKS,
        guards::CHECKS,
        channels::CHECKS,
        memory::CHECKS,
        schedule::CHECKS,
        slots::CHECKS,
        devices::ownership::CHECKS,
        devices::rights::CHECKS,
        devices::roles::CHECKS,
        images::CHECKS,
        officers::CHECKS,
        switches::CHECKS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_names_differ_and_sentences_are_sentences() {
        let checks: Vec<&Check> = all().collect();
        assert!(checks.len() >= 80);
        assert!(checks.is_sorted_by(|a, b| a.id < b.id));
        let names: std::collections::HashSet<&str> =
            checks.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), checks.len());
        for check in checks {
            assert!(
                check.sentence.ends_with('.')
                    && !check.sentence.trim_end_matches('.').contains(". ")
            );
        }
    }
}
