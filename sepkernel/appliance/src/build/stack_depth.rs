//! How deep the resident kernel's stack gets: an upper bound from its machine code. Each function's frame
//! is what its instructions take from the stack pointer; the depth is that of the deepest chain of calls.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SymbolKind};

/// The deepest chain of calls from a function.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Depth {
    /// Bytes of stack, return addresses included.
    pub bytes: u64,
    /// The functions, as the linker knows them, the first one first.
    pub chain: Vec<String>,
}

/// A function's part.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Function {
    name: String,
    frame: u64,
    /// Functions that it calls or jumps to, by address.
    calls: BTreeSet<u64>,
    /// Places whose content is called.
    through: BTreeSet<u64>,
    /// Whether it calls what a register points to.
    indirect: bool,
    /// Addresses that it computes.
    mentions: BTreeSet<u64>,
}

/// The depth of the stack in the ELF file `bytes` from the function whose name contains `start`.
///
/// # Errors
/// If the file cannot be read, has no such function, or functions call themselves.
pub fn of(bytes: &[u8], start: &str) -> Result<Depth> {
    let file = object::File::parse(bytes).context("not a readable ELF file")?;
    let mut functions = functions(&file)?;
    let starts: BTreeSet<u64> = functions.keys().copied().collect();
    let word = |address: u64| word_at(&file, address);
    let mut taken: BTreeSet<u64> =
        functions.values().flat_map(|function| &function.mentions).copied().collect();
    for section in file.sections() {
        let data = section.data().unwrap_or_default();
        taken.extend(data.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)));
    }
    taken.retain(|address| starts.contains(address));
    for function in functions.values_mut() {
        let through = std::mem::take(&mut function.through);
        function.calls.extend(through.into_iter().filter_map(word));
        function.calls.retain(|address| starts.contains(address));
    }
    let root = functions.iter().find(|(_, function)| function.name.contains(start));
    let (root, _) = root.with_context(|| format!("there is no function {start}"))?;
    let mut known = BTreeMap::new();
    let (bytes, chain) = deepest(&functions, &taken, *root, &mut Vec::new(), &mut known)?;
    let name = |address: &u64| functions.get(address).map(|it| it.name.clone()).unwrap_or_default();
    Ok(Depth { bytes, chain: chain.iter().map(name).collect() })
}

fn functions(file: &object::File<'_>) -> Result<BTreeMap<u64, Function>> {
    let mut functions = BTreeMap::new();
    let all: BTreeMap<u64, String> = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?.to_owned())))
        .collect();
    for section in file.sections().filter(|section| section.kind() == object::SectionKind::Text) {
        let (code, base) = (section.data()?, section.address());
        let end = base + code.len() as u64;
        for (&address, name) in all.range(base..end) {
            let next = all.range(address + 1..end).next().map_or(end, |(next, _)| *next);
            let part = &code[(address - base) as usize..(next - base) as usize];
            functions.insert(address, Function { name: name.clone(), ..read(part, address) });
        }
    }
    Ok(functions)
}

/// What a function's code takes and calls. After a jump or return the code goes on with all that was
/// taken so far, at most.
fn read(code: &[u8], address: u64) -> Function {
    let mut function = Function::default();
    let mut decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let inside = address..address + code.len() as u64;
    let mut now = 0_i64;
    let mut most = 0;
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        let flow = instruction.flow_control();
        match flow {
            FlowControl::Call | FlowControl::UnconditionalBranch
                if instruction.op0_kind() == OpKind::NearBranch64 =>
            {
                let target = instruction.near_branch_target();
                if flow == FlowControl::Call || !inside.contains(&target) {
                    function.calls.insert(target);
                }
            }
            FlowControl::IndirectCall | FlowControl::IndirectBranch
                if instruction.is_ip_rel_memory_operand() =>
            {
                function.through.insert(instruction.ip_rel_memory_address());
            }
            FlowControl::IndirectCall => function.indirect = true,
            FlowControl::Next => {
                now += taken(&instruction);
                most = most.max(now);
                function.mentions.extend(mentioned(&instruction));
            }
            _ => {}
        }
        if matches!(
            flow,
            FlowControl::Return | FlowControl::UnconditionalBranch | FlowControl::IndirectBranch
        ) {
            now = most;
        }
    }
    // The return address is the caller's.
    function.frame = most as u64 + 8;
    function
}

/// Bytes that an instruction takes from the stack; negative where it gives back.
fn taken(instruction: &Instruction) -> i64 {
    let of_stack = instruction.op0_register() == Register::RSP;
    let immediate = || instruction.try_immediate(1).unwrap_or(0) as i64;
    match instruction.mnemonic() {
        Mnemonic::Sub if of_stack => immediate(),
        Mnemonic::Add if of_stack => -immediate(),
        // Rounds down by less than its size.
        Mnemonic::And if of_stack => -immediate(),
        // What a loop then takes page by page.
        Mnemonic::Lea if instruction.memory_base() == Register::RSP && !of_stack => {
            let displacement = instruction.memory_displacement64() as i64;
            if displacement < 0 { -displacement } else { 0 }
        }
        _ => i64::from(-instruction.stack_pointer_increment()),
    }
}

fn mentioned(instruction: &Instruction) -> Option<u64> {
    if instruction.mnemonic() == Mnemonic::Lea && instruction.is_ip_rel_memory_operand() {
        return Some(instruction.ip_rel_memory_address());
    }
    (instruction.mnemonic() == Mnemonic::Mov).then(|| instruction.try_immediate(1).ok()).flatten()
}

fn word_at(file: &object::File<'_>, address: u64) -> Option<u64> {
    file.sections().find_map(|section| {
        let word = section.data_range(address, 8).ok()??;
        Some(u64::from_le_bytes(word.try_into().ok()?))
    })
}

/// The deepest chain from a function, with its bytes. Where a register is called, it may be any
/// function whose address is taken, but those on the way there.
fn deepest(
    functions: &BTreeMap<u64, Function>,
    taken: &BTreeSet<u64>,
    at: u64,
    path: &mut Vec<(u64, bool)>,
    known: &mut BTreeMap<u64, (u64, Vec<u64>)>,
) -> Result<(u64, Vec<u64>)> {
    if let Some(depth) = known.get(&at) {
        return Ok(depth.clone());
    }
    let Some(function) = functions.get(&at) else { return Ok((0, Vec::new())) };
    let mut below = (0, Vec::new());
    let maybe = taken.iter().filter(|_| function.indirect);
    let calls = function.calls.iter().map(|call| (*call, true));
    for (callee, certain) in calls.chain(maybe.map(|call| (*call, false))) {
        path.push((at, certain));
        let earlier = path.iter().position(|(function, _)| *function == callee);
        match earlier.map(|earlier| path.iter().skip(earlier).all(|(_, certain)| *certain)) {
            None => {
                let depth = deepest(functions, taken, callee, path, known)?;
                if depth.0 > below.0 {
                    below = depth;
                }
            }
            // A jump to its own start is a loop.
            Some(true) if callee != at => bail!("{} calls itself through others", function.name),
            Some(_) => {}
        }
        path.pop();
    }
    below.0 += function.frame;
    below.1.insert(0, at);
    known.insert(at, below.clone());
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_what_the_code_takes_at_most() {
        // push rbp; push rbx; sub rsp, 0x28; call 0x100; add rsp, 0x28; pop rbx; pop rbp; ret
        let code = [
            0x55, 0x53, 0x48, 0x83, 0xec, 0x28, 0xe8, 0xf5, 0, 0, 0, 0x48, 0x83, 0xc4, 0x28, 0x5b,
            0x5d, 0xc3,
        ];
        let function = read(&code, 0);
        assert_eq!(function.frame, 8 + 16 + 0x28);
        assert_eq!(function.calls, BTreeSet::from([0x100]));
    }

    #[test]
    fn the_deepest_chain_counts_and_a_circle_is_found() {
        let function = |name: &str, frame, calls: &[u64], indirect| Function {
            name: name.to_owned(),
            frame,
            calls: calls.iter().copied().collect(),
            indirect,
            ..Function::default()
        };
        let mut functions = BTreeMap::from([
            (1, function("start", 10, &[2, 3], false)),
            (2, function("wide", 50, &[], false)),
            (3, function("narrow", 5, &[], true)),
            (4, function("pointed", 60, &[], false)),
        ]);
        let depth = |functions: &BTreeMap<u64, Function>| {
            deepest(functions, &BTreeSet::from([3, 4]), 1, &mut Vec::new(), &mut BTreeMap::new())
        };
        assert_eq!(depth(&functions).unwrap(), (75, vec![1, 3, 4]));
        functions.insert(4, function("pointed", 60, &[1], false));
        assert_eq!(depth(&functions).unwrap().0, 75, "who is called by pointer is a guess");
        functions.insert(2, function("wide", 50, &[1], false));
        assert!(depth(&functions).is_err());
    }
}
