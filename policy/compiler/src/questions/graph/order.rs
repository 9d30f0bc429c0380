//! The order of each row, in which lines cross little and are short.

use super::layout::{Net, Row};

/// Rounds of ordering; small pictures settle in fewer.
const ROUNDS: usize = 12;
/// The most items of a row in which every move of one is tried.
const SHORTENED_ITEMS: usize = 32;

/// The average over the neighbours of an item; `None` when it has none.
pub fn average(neighbours: &[usize], of: impl Fn(usize) -> f64) -> Option<f64> {
    let sum: f64 = neighbours.iter().map(|item| of(*item)).sum();
    (!neighbours.is_empty()).then(|| sum / neighbours.len() as f64)
}

/// Orders each row by the average place of what its items are joined to, up and down in turns,
/// then moves single items to where lines are shortest.
pub fn order(net: &Net, rows: &mut [Row]) {
    let mut relative = vec![0.5; net.widths.len()];
    for row in rows.iter() {
        set_places(&row.items, &mut relative);
    }
    for round in 0..ROUNDS {
        for step in 0..rows.len() {
            let number = if round % 2 == 0 { step } else { rows.len() - 1 - step };
            let key = |item: &usize| {
                average(&net.neighbours[*item], |other| relative[other]).unwrap_or(relative[*item])
            };
            rows[number].items.sort_by(|a, b| key(a).total_cmp(&key(b)));
            set_places(&rows[number].items, &mut relative);
        }
    }
    for row in rows.iter_mut().filter(|row| row.items.len() <= SHORTENED_ITEMS) {
        shorten(net, &mut row.items, &mut relative);
    }
}

/// Moves single items of a row to where the lines at the row get shortest, until none gets shorter.
fn shorten(net: &Net, items: &mut Vec<usize>, relative: &mut [f64]) {
    let length = |items: &[usize], relative: &mut [f64]| -> f64 {
        set_places(items, relative);
        let of = |item: &usize| {
            let own = relative[*item];
            net.neighbours[*item].iter().map(|other| (relative[*other] - own).abs()).sum::<f64>()
        };
        items.iter().map(of).sum()
    };
    let mut best = length(items, relative);
    for _ in 0..ROUNDS {
        let before = best;
        for from in 0..items.len() {
            for to in 0..items.len() {
                let item = items.remove(from);
                items.insert(to, item);
                let moved = length(items, relative);
                if moved + 1e-9 < best {
                    best = moved;
                } else {
                    let item = items.remove(to);
                    items.insert(from, item);
                }
            }
        }
        if best >= before {
            break;
        }
    }
    set_places(items, relative);
}

/// Notes the places of a row's items as parts of its length, so that rows of unequal length compare.
fn set_places(items: &[usize], relative: &mut [f64]) {
    for (place, item) in items.iter().enumerate() {
        relative[*item] = (place as f64 + 0.5) / items.len() as f64;
    }
}
