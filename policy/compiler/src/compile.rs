//! From text to a checked and compiled policy.

mod channels;
mod lower;

use cloister_policy_format::{
    DecodeError, EncodeError, FORMAT_VERSION, FileKind, MAGIC, PRELUDE_BYTES, PolicyView, Record,
    SectionKind, encode_record,
};

use crate::{
    check::Run,
    checks::{self, form},
    context::Context,
    date::Day,
    diagnostic::{Diagnostic, Findings, Severity},
    files::{self, FileSource},
    flow::Graph,
    model::Policy,
    reader, report, resolve,
    source::{MAX_BYTES, SourceFile, Span},
};

/// How a policy is checked.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Where image and program files are; none does not look at them.
    pub files: Option<&'a dyn FileSource>,
    /// The day on which guards' expiry is judged.
    pub today: Day,
    /// Ids of warnings that count as errors; `warnings` means all.
    pub deny: &'a [String],
    /// Ids of warnings that are not reported.
    pub allow: &'a [String],
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { files: None, today: Day::today(), deny: &[], allow: &[] }
    }
}

/// What came of a policy's text.
#[derive(Debug)]
pub struct Outcome {
    /// The text.
    pub source: SourceFile,
    /// What was understood of it.
    pub policy: Policy,
    /// Everything by which data can flow.
    pub graph: Graph,
    /// What there is to say about it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more findings there were than are kept.
    pub more: usize,
}

impl Outcome {
    /// How many errors and warnings there are.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// Whether nothing forbids to compile it.
    pub fn is_sound(&self) -> bool {
        self.more == 0 && self.counts().0 == 0
    }
}

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What is signed and what the appliance reads.
    pub bytes: Vec<u8>,
    /// The same for people.
    pub report: String,
    /// The files that the bundle must hold, by name.
    pub files: Vec<BundledFile>,
}

/// A file that the bundle must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledFile {
    /// Path below the image root.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Length of the content in bytes.
    pub size: u64,
}

/// Why a policy was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It has errors, which are reported.
    #[error("the policy has errors")]
    Unsound,
    /// Its files were not looked at.
    #[error("a policy is compiled only with its image files at hand, as it holds their digests")]
    WithoutFiles,
    /// A record does not fit.
    #[error("the compiled policy would be longer than 4 GiB")]
    TooLarge,
    /// The appliance would not read it, which is a fault of this compiler.
    #[error("the compiler made a policy that the appliance would refuse: {0}")]
    Refused(#[from] DecodeError),
}

impl From<EncodeError> for CompileError {
    fn from(_: EncodeError) -> Self {
        Self::TooLarge
    }
}

/// Checks a policy.
pub fn check(name: &str, bytes: Vec<u8>, options: &Options<'_>) -> Outcome {
    let mut findings = Findings::default();
    let source = read_source(name, bytes, &mut findings);
    let tree = if findings.is_empty() {
        reader::read(&source, &mut findings)
    } else {
        crate::tree::Tree::default()
    };
    // Where part of the text could not be read, what the rest lacks is not the author's doing.
    let readable = !findings.has_broken_text();
    let mut unresolved = Findings::default();
    let mut policy =
        resolve::resolve(&tree, if readable { &mut findings } else { &mut unresolved });
    drop(tree);
    if let Some(files) = options.files {
        files::look(&mut policy, files);
    }
    let graph = Graph::of(&policy);
    if readable {
        let context =
            Context { source: &source, policy: &policy, graph: &graph, today: options.today };
        for check in checks::all() {
            if let Run::Model(run) = check.run {
                run(&context, &mut findings);
            }
        }
    }
    let (diagnostics, more) = findings.finish();
    let diagnostics = diagnostics.into_iter().filter_map(|it| judge(it, options)).collect();
    Outcome { source, policy, graph, diagnostics, more }
}

/// Applies the caller's wishes about warnings.
fn judge(mut diagnostic: Diagnostic, options: &Options<'_>) -> Option<Diagnostic> {
    let names = |list: &[String]| {
        list.iter()
            .any(|id| id == diagnostic.check.id || id == diagnostic.check.name || id == "warnings")
    };
    if diagnostic.severity == Severity::Warning {
        if names(options.deny) {
            diagnostic.severity = Severity::Error;
        } else if names(options.allow) {
            return None;
        }
    }
    Some(diagnostic)
}

fn read_source(name: &str, bytes: Vec<u8>, findings: &mut Findings) -> SourceFile {
    if bytes.len() > MAX_BYTES {
        findings.push(
            Diagnostic::new(
                &form::TOO_LARGE,
                Span::default(),
                format!("the policy is {} MiB long, the most is 64 MiB", bytes.len() >> 20),
            )
            .help("split the appliance into several, each with its own policy"),
        );
        return SourceFile::new(name, "");
    }
    match String::from_utf8(bytes) {
        Ok(text) => SourceFile::new(name, text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            findings.push(
                Diagnostic::new(
                    &form::NOT_UTF8,
                    Span::from(at..at + 1),
                    "this byte is not UTF-8 text",
                )
                .help("save the file as UTF-8 text"),
            );
            SourceFile::new(name, text)
        }
    }
}

/// Compiles a checked policy.
///
/// # Errors
/// When it has errors, or was checked without its files.
pub fn compile(outcome: &Outcome) -> Result<Compiled, CompileError> {
    if !outcome.is_sound() {
        return Err(CompileError::Unsound);
    }
    let lowered = lower::lower(&outcome.policy).ok_or(CompileError::WithoutFiles)?;
    let mut sections = Sections::default();
    lowered.write(&mut sections)?;
    let bytes = sections.finish()?;
    // The appliance's own decoder has the last word.
    let view = PolicyView::decode(&bytes)?;
    let files = view
        .files()
        .iter()
        .map(|file| BundledFile {
            name: file.name.to_owned(),
            kind: file.kind,
            sha256: file.sha256,
            size: file.size,
        })
        .collect();
    let report = report::report(outcome);
    Ok(Compiled { bytes, report, files })
}

/// The sections of a policy in the making, in the layout that [`PolicyView`] describes.
#[derive(Default)]
struct Sections {
    counts: [u32; SectionKind::COUNT],
    bodies: [Vec<u8>; SectionKind::COUNT],
}

impl Sections {
    fn push<'a, T: Record<'a>>(&mut self, record: &T) -> Result<(), EncodeError> {
        let section = T::SECTION as usize;
        self.counts[section] += 1;
        encode_record(record, &mut self.bodies[section])
    }

    fn finish(self) -> Result<Vec<u8>, CompileError> {
        let number = |length: usize| u32::try_from(length).map_err(|_| CompileError::TooLarge);
        let length = PRELUDE_BYTES + self.bodies.iter().map(Vec::len).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend((SectionKind::COUNT as u16).to_le_bytes());
        bytes.extend(number(length)?.to_le_bytes());
        for (count, body) in self.counts.iter().zip(&self.bodies) {
            bytes.extend(count.to_le_bytes());
            bytes.extend(number(body.len())?.to_le_bytes());
        }
        for body in &self.bodies {
            bytes.extend(body);
        }
        Ok(bytes)
    }
}
