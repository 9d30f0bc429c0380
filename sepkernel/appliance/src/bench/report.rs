//! What was measured, as a table and as JSON.

use std::{fmt, path::Path};

use anyhow::{Context as _, Result};

use crate::build;

/// One thing measured on a plain machine and in a world.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Row {
    /// The benchmark that it belongs to.
    pub benchmark: &'static str,
    /// What was measured.
    pub name: String,
    /// What the numbers count.
    pub unit: &'static str,
    /// On a plain machine of the same kind.
    pub plain: Option<f64>,
    /// In a world.
    pub world: Option<f64>,
    /// In a guest of Linux with KVM and QEMU, which run in the same emulator (measured once, for the
    /// issue that set the goals).
    pub kvm: Option<f64>,
    /// What is aimed at.
    pub goal: Option<Goal>,
    /// Why a number is missing, if one is.
    pub missing: Option<String>,
}

/// What is aimed at.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// At most this in a world.
    World(f64),
    /// At most this many times the plain machine's.
    Ratio(f64),
    /// At least this many times the plain machine's.
    LeastRatio(f64),
}

impl Row {
    /// The world's number over the plain machine's.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let (plain, world) = (self.plain?, self.world?);
        (plain > 0.0).then(|| world / plain)
    }

    /// Whether the goal is reached; none without a goal or without the number for it.
    #[must_use]
    pub fn reached(&self) -> Option<bool> {
        match self.goal? {
            Goal::World(most) => Some(self.world? <= most),
            Goal::Ratio(most) => Some(self.ratio()? <= most),
            Goal::LeastRatio(least) => Some(self.ratio()? >= least),
        }
    }
}

/// All that was measured in a run of `cloister bench`.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    /// 1.
    format: u32,
    /// Version of this program.
    version: &'static str,
    /// How instructions are counted.
    counted: &'static str,
    rows: Vec<Record>,
}

#[derive(Debug, serde::Serialize)]
struct Record {
    #[serde(flatten)]
    row: Row,
    ratio: Option<f64>,
    reached: Option<bool>,
}

impl Report {
    /// A report of `rows`.
    #[must_use]
    pub fn new(rows: Vec<Row>) -> Self {
        let record = |row: Row| Record { ratio: row.ratio(), reached: row.reached(), row };
        Self {
            format: 1,
            version: env!("CARGO_PKG_VERSION"),
            counted: "QEMU TCG, -icount shift=0",
            rows: rows.into_iter().map(record).collect(),
        }
    }

    /// Writes it to `path`, as JSON.
    ///
    /// # Errors
    /// If it cannot be written; the message names the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        build::write_whole(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self).context("cannot write the report")?;
            std::io::Write::write_all(file, b"\n")?;
            Ok(())
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|record| record.row.name.len()).max().unwrap_or(0).max(4);
        let head = format!("{:9}  {:width$}  {:12}", "Benchmark", "What", "Unit");
        writeln!(
            f,
            "{head}  {:>13}  {:>13}  {:>7}  {:>11}  Goal",
            "Plain machine", "In a world", "Ratio", "Linux's KVM"
        )?;
        for record in &self.rows {
            let row = &record.row;
            let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), shown);
            let ratio = record.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
            write!(f, "{:9}  {:width$}  {:12}", row.benchmark, row.name, row.unit)?;
            let (plain, world, kvm) = (number(row.plain), number(row.world), number(row.kvm));
            write!(f, "  {plain:>13}  {world:>13}  {ratio:>7}  {kvm:>11}")?;
            match row.goal {
                Some(Goal::World(most)) => write!(f, "  at most {}", shown(most))?,
                Some(Goal::Ratio(most)) => write!(f, "  ratio at most {most}")?,
                Some(Goal::LeastRatio(least)) => write!(f, "  ratio at least {least}")?,
                None => {}
            }
            match record.reached {
                Some(true) => write!(f, ": reached")?,
                Some(false) => write!(f, ": missed")?,
                None => {}
            }
            if let Some(missing) = &row.missing {
                write!(f, "  ({missing})")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A number as people read it: grouped by thousands where it is large, one decimal where it is small.
fn shown(number: f64) -> String {
    if number.abs() < 100.0 && number.fract() != 0.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |rest| ("-", rest));
    let grouped: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    format!("{sign}{}", grouped.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row {
        benchmark: "cost",
        name: String::new(),
        unit: "instructions",
        plain: Some(10.0),
        world: Some(250.0),
        kvm: None,
        goal: Some(Goal::World(200.0)),
        missing: None,
    };

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in
            [(1_500_000_000.0, "1,500,000,000"), (999.0, "999"), (2.26, "2.3"), (-1234.0, "-1,234")]
        {
            assert_eq!(shown(number), text);
        }
    }

    #[test]
    fn a_goal_is_judged_only_where_there_is_a_number_for_it() {
        assert_eq!(ROW.reached(), Some(false));
        assert_eq!(Row { world: None, ..ROW }.reached(), None);
        assert_eq!(Row { goal: Some(Goal::Ratio(30.0)), ..ROW }.reached(), Some(true));
        assert_eq!(Row { goal: Some(Goal::LeastRatio(26.0)), ..ROW }.reached(), Some(false));
        assert_eq!(Row { plain: Some(0.0), goal: Some(Goal::Ratio(1.0)), ..ROW }.reached(), None);
    }

    #[test]
    fn what_is_missing_stands_in_the_table_and_in_the_json() {
        let missing = Some("no timer".to_owned());
        let report = Report::new(vec![Row { world: None, missing, ..ROW }]);
        assert!(report.to_string().ends_with("  (no timer)\n"));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["rows"][0]["missing"], "no timer");
        assert_eq!(json["rows"][0]["goal"]["world"], 200.0);
        assert!(json["rows"][0]["ratio"].is_null());
    }
}
