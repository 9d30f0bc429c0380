//! `bench`: how time and memory grow with the size of a policy.

use std::{io::Write, time::Instant};

use clap::Args;
use cloister_policy::{
    compile::{Options, check, compile},
    synthetic::{SyntheticFiles, policy},
};
use serde_json::json;

use super::{Answer, Result};

/// Measure check and compile over policies of growing size
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Numbers of worlds, each with ten channels, ascending
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    worlds: Vec<usize>,
    /// How often each is measured; the shortest time counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeat: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

struct Measurement {
    worlds: usize,
    channels: usize,
    source_bytes: usize,
    compiled_bytes: usize,
    check_seconds: f64,
    compile_seconds: f64,
    peak_bytes: Option<u64>,
}

impl Measurement {
    fn seconds(&self) -> f64 {
        self.check_seconds + self.compile_seconds
    }

    fn microseconds_a_world(&self) -> f64 {
        self.seconds() * 1e6 / self.worlds as f64
    }
}

impl BenchArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let mut measured: Vec<Measurement> = Vec::new();
        for &worlds in &self.worlds {
            measured.push(measure(worlds, self.repeat)?);
        }
        let first = measured.first().map_or(1.0, Measurement::microseconds_a_world);
        if self.json {
            let rows: Vec<_> = measured
                .iter()
                .map(|row| {
                    json!({
                        "worlds": row.worlds,
                        "channels": row.channels,
                        "source_bytes": row.source_bytes,
                        "compiled_bytes": row.compiled_bytes,
                        "check_seconds": row.check_seconds,
                        "compile_seconds": row.compile_seconds,
                        "microseconds_a_world": row.microseconds_a_world(),
                        "ratio_a_world_to_first": row.microseconds_a_world() / first,
                        "peak_bytes": row.peak_bytes,
                    })
                })
                .collect();
            writeln!(out, "{:#}", json!(rows))?;
            return Ok(Answer::Yes);
        }
        writeln!(
            out,
            "{:>7} {:>9} {:>10} {:>10} {:>10} {:>12} {:>7} {:>9}",
            "worlds", "channels", "source", "check", "compile", "a world", "ratio", "peak"
        )?;
        for row in &measured {
            let peak =
                row.peak_bytes.map_or_else(|| "?".to_owned(), |it| format!("{} MiB", it >> 20));
            writeln!(
                out,
                "{:>7} {:>9} {:>6} KiB {:>7.2} ms {:>7.2} ms {:>9.1} us {:>7.2} {:>9}",
                row.worlds,
                row.channels,
                row.source_bytes >> 10,
                row.check_seconds * 1e3,
                row.compile_seconds * 1e3,
                row.microseconds_a_world(),
                row.microseconds_a_world() / first,
                peak
            )?;
        }
        Ok(Answer::Yes)
    }
}

fn measure(
    worlds: usize,
    repeat: u32,
) -> std::result::Result<Measurement, Box<dyn std::error::Error>> {
    let text = policy(worlds);
    let files = SyntheticFiles;
    let allow = ["warnings".to_owned()];
    let options = Options { files: Some(&files), allow: &allow, ..Options::default() };
    let mut best: Option<Measurement> = None;
    for _ in 0..repeat {
        let bytes = text.clone().into_bytes();
        let start = Instant::now();
        let outcome = check("measured.toml", bytes, &options);
        let checked = start.elapsed();
        let compiled = compile(&outcome).map_err(|error| {
            let first = outcome.diagnostics.first().map_or("", |it| it.message.as_str());
            format!("{error}: {first}")
        })?;
        let total = start.elapsed();
        let row = Measurement {
            worlds,
            channels: outcome.policy.channels.len(),
            source_bytes: text.len(),
            compiled_bytes: compiled.bytes.len(),
            check_seconds: checked.as_secs_f64(),
            compile_seconds: (total - checked).as_secs_f64(),
            peak_bytes: peak(),
        };
        if best.as_ref().is_none_or(|best| row.seconds() < best.seconds()) {
            best = Some(row);
        }
    }
    best.ok_or_else(|| "nothing was measured".into())
}

/// The most memory that this process had so far, where Linux tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
