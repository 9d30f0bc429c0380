//! `cloister-drop`: the files of a directory of one world, over a one-way channel, into a directory of
//! another.

#![forbid(unsafe_code)]

use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use cloister_drop::device::{self, End, Mapping};
use cloister_drop::pace::Pace;
use cloister_drop::progress::Progress;
use cloister_drop::receiver::{Event, Limits, Receiver};
use cloister_drop::record::LONGEST;
use cloister_drop::source::{Sent, Source, block_size};
use cloister_ring::{Reader, Statistics, Writer};

/// How long a sender without files, and a reader without records, rests.
const SENDER_RESTS: Duration = Duration::from_millis(500);
const READER_RESTS: Duration = Duration::from_millis(2);
/// Complaints about what a sender sends that are told; a flood of them is not.
const COMPLAINTS: u32 = 32;

/// Sends files to another world over a channel that has no way back.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sends the files of a directory, also those that are put there later.
    Send {
        /// The directory. Hidden files and directories in it are left out.
        directory: PathBuf,
        #[command(flatten)]
        channel: ChannelArguments,
        /// Bytes a second, in MiB. What the receiver is too slow for is lost, and sent again in the
        /// next round.
        #[arg(long, default_value_t = 8)]
        rate: u64,
        /// How often each file is sent; 0 is again and again.
        #[arg(long, default_value_t = 3)]
        rounds: u32,
        /// How long a file must have been left alone before it is sent, in seconds.
        #[arg(long, default_value_t = 1)]
        settled: u64,
        /// End when all files that are there have been sent.
        #[arg(long)]
        once: bool,
    },
    /// Receives files into a directory. No file there is ever replaced: one whose name is taken gets a
    /// number.
    Receive {
        /// The directory.
        directory: PathBuf,
        #[command(flatten)]
        channel: ChannelArguments,
        /// The longest file that is received, in MiB.
        #[arg(long, default_value_t = 4096)]
        most: u64,
        /// The most that the directory holds, in MiB; files beyond that are not received.
        #[arg(long, default_value_t = 65_536)]
        room: u64,
        /// End after so many files.
        #[arg(long)]
        files: Option<u64>,
    },
}

#[derive(Args)]
struct ChannelArguments {
    /// The channel's name in the policy; needed where there are several.
    #[arg(long)]
    channel: Option<String>,
    /// A file that stands for the channel's memory.
    #[arg(long, conflicts_with = "channel")]
    memory: Option<PathBuf>,
}

impl ChannelArguments {
    fn open(&self, end: End) -> Result<Mapping> {
        match &self.memory {
            Some(path) => Mapping::open(path, end == End::Write)
                .with_context(|| format!("cannot map {}", path.display())),
            None => device::open(self.channel.as_deref(), end).context("cannot open the channel"),
        }
    }
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Send { directory, channel, rate, rounds, settled, once } => {
            let mapping = channel.open(End::Write)?;
            let settled = Duration::from_secs(settled);
            send(&mapping, &directory, Pace::new(rate << 20), (rounds, settled, once))
        }
        Command::Receive { directory, channel, most, room, files } => {
            let mapping = channel.open(End::Read)?;
            let limits = Limits { file: most << 20, bytes: room << 20, ..Limits::default() };
            receive(&mapping, &directory, limits, files)
        }
    }
}

fn send(
    mapping: &Mapping,
    directory: &Path,
    mut pace: Pace,
    (rounds, settled, once): (u32, Duration, bool),
) -> Result<()> {
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut ring = Writer::new(mapping.words(), started.as_secs() as u32)
        .context("the channel is too short")?;
    let mut source = Source::new(directory, block_size(ring.limit()), rounds, settled);
    let mut progress = Progress::new(io::stdout());
    loop {
        source
            .look(&mut |path, why| eprintln!("{} is not sent: {why}", path.display()))
            .with_context(|| format!("cannot read {}", directory.display()))?;
        let Some((announcement, sent)) = source.next() else {
            if once {
                return Ok(());
            }
            sleep(SENDER_RESTS);
            continue;
        };
        let (name, size) = (announcement.name.to_string(), announcement.size);
        progress.say(format_args!("{name}: {size} bytes, round {}", sent + 1));
        let mut done = 0;
        let result = source.send(&mut |record, bytes| {
            pace.wait(record.len());
            ring.write(record).map_err(|_| io::Error::other("the channel is too short"))?;
            done += bytes as u64;
            progress.at(&name, done, size);
            Ok(())
        });
        match result {
            Ok(Sent::Whole) => progress.say(format_args!("{name}: sent")),
            Ok(Sent::Changed) => progress.say(format_args!("{name}: changed while it was sent")),
            Err(error) => {
                eprintln!("{name}: {error}");
                sleep(SENDER_RESTS);
            }
        }
    }
}

fn receive(
    mapping: &Mapping,
    directory: &Path,
    limits: Limits,
    mut files: Option<u64>,
) -> Result<()> {
    let mut ring = Reader::new(mapping.words()).context("the channel is too short")?;
    let mut receiver = Receiver::new(directory, limits)
        .with_context(|| format!("cannot use {}", directory.display()))?;
    let mut progress = Progress::new(io::stdout());
    for (name, received, size) in receiver.unfinished() {
        progress.say(format_args!("{name}: going on, {received} of {size} bytes are there"));
    }
    let mut buffer = vec![0; LONGEST];
    let mut complaints = COMPLAINTS;
    let mut complain = |what: String| {
        if complaints > 0 {
            complaints -= 1;
            eprintln!("{what}{}", if complaints == 0 { "; more is not told" } else { "" });
        }
    };
    while files != Some(0) {
        let Some(record) = ring.read(&mut buffer) else {
            sleep(READER_RESTS);
            continue;
        };
        // A longer one is cut off, and then no record of a file drop.
        let bytes = buffer.get(..record.length).unwrap_or_default();
        match receiver.accept(bytes).with_context(|| format!("{}", directory.display()))? {
            Event::Nothing => {}
            Event::Started(announcement) => {
                progress.say(format_args!("{}: {} bytes", announcement.name, announcement.size));
            }
            Event::Part { name, received, size } => progress.at(name.as_str(), received, size),
            Event::Finished { path, size } => {
                let Statistics { lost_records, .. } = ring.statistics();
                let path = path.display();
                progress
                    .say(format_args!("{path}: {size} bytes, intact; {lost_records} records lost"));
                files = files.map(|files| files - 1);
            }
            Event::Damaged(name) => complain(format!("{name}: damaged, received anew")),
            Event::Refused { name, why } => complain(format!("{name} is not received: {why}")),
            Event::Malformed(malformed) => complain(format!("a record is left out: {malformed}")),
        }
    }
    receiver.save()?;
    Ok(())
}
