//! "Did you mean": the nearest existing name.

/// How many names are compared for one search, so that a typing error stays cheap to explain.
const MOST_COMPARED: usize = 2_000;

/// Names longer than this are not anyone's typing error.
const LONGEST: usize = 64;

/// The candidate that `name` most likely was meant to be.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let folded = fold(name);
    let allowed = (folded.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= allowed)
        .take(MOST_COMPARED)
        .map(|candidate| (strsim::osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let names = ["internet", "office", "memory"];
        assert_eq!(nearest("interent", names), Some("internet"));
        assert_eq!(nearest("Memory", names), Some("memory"));
        assert_eq!(nearest("unsafe_dma", ["unsafe-dma"]), Some("unsafe-dma"));
        assert_eq!(nearest("banana", names), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), names), None);
    }
}
