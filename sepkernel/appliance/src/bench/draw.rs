//! What the trusted GUI's drawing costs for each pixel. It runs in no world, so a plain machine is the one
//! that counts.

use anyhow::Result;

use super::{cost, machine::Bench, report::Row};

const NAME: &str = "draw";

/// Measures it.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    Ok(rows(&cost::plain(bench, "draw")?))
}

fn rows(table: &cost::Table) -> Vec<Row> {
    let row = |name: &str, cost: Result<f64, String>| Row {
        benchmark: NAME,
        name: name.to_owned(),
        unit: "instructions",
        plain: cost.as_ref().ok().copied(),
        world: None,
        kvm: None,
        goal: None,
        missing: cost.err(),
    };
    let mut rows: Vec<_> = table.order.iter().map(|name| row(name, table.cost(name))).collect();
    if let Some(why) = &table.missing {
        rows.push(row("the whole table", Err(format!("not complete: {why}"))));
    }
    rows
}
