//! Shows that a program for the bare machine does not touch vector or floating-point registers:
//! the kernel neither saves nor restores them, so what it did to them would reach a world.

use std::fmt;

use anyhow::{Context as _, Result};
use iced_x86::{
    Decoder, DecoderOptions, Formatter as _, GasFormatter, Instruction, InstructionInfoFactory,
    Register,
};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags, elf};

/// What the code of a program was found to be.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Bytes of code.
    pub code: u64,
    /// Instructions decoded.
    pub instructions: u64,
    /// Each instruction that uses a vector or floating-point register.
    pub violations: Vec<Violation>,
}

/// An instruction that uses a vector or floating-point register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Where it is.
    pub address: u64,
    /// The instruction in assembly language.
    pub instruction: String,
    /// The function that it is in, as the linker knows it.
    pub function: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, instruction, function } = self;
        write!(f, "{address:#x} in {function}: {instruction}")
    }
}

/// Decodes every instruction in the section `.text` of the ELF file `bytes`. Code for other
/// processor modes than 64-bit mode has sections of its own.
///
/// # Errors
/// If it is no readable ELF file or has no such section.
pub fn inspect(bytes: &[u8]) -> Result<Finding> {
    let file = object::File::parse(bytes).context("not a readable ELF file")?;
    let mut finding = Finding::default();
    for section in file.sections() {
        let executable = matches!(
            section.flags(),
            SectionFlags::Elf { sh_flags, .. } if sh_flags.contains(elf::SHF_EXECINSTR)
        );
        if executable && section.name()?.starts_with(".text") {
            inspect_code(section.data()?, section.address(), &mut finding);
        }
    }
    for violation in &mut finding.violations {
        let address = violation.address;
        let before = file.symbols().filter(|symbol| (1..=address).contains(&symbol.address()));
        let function = before.max_by_key(|symbol| symbol.address());
        violation.function =
            function.and_then(|symbol| symbol.name().ok()).unwrap_or_default().to_owned();
    }
    anyhow::ensure!(finding.instructions > 0, "there is no code in a section .text");
    Ok(finding)
}

fn inspect_code(code: &[u8], address: u64, finding: &mut Finding) {
    let mut decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
    let mut information = InstructionInfoFactory::new();
    let mut instruction = Instruction::default();
    finding.code += code.len() as u64;
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        finding.instructions += 1;
        let registers = information.info(&instruction).used_registers();
        if registers.iter().any(|used| is_vector_register(used.register())) {
            let mut shown = String::new();
            GasFormatter::new().format(&instruction, &mut shown);
            finding.violations.push(Violation {
                address: instruction.ip(),
                instruction: shown,
                function: String::new(),
            });
        }
    }
}

fn is_vector_register(register: Register) -> bool {
    register.is_vector_register()
        || register.is_mm()
        || register.is_st()
        || register.is_k()
        || register.is_tmm()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(code: &[u8]) -> usize {
        let mut finding = Finding::default();
        inspect_code(code, 0, &mut finding);
        finding.violations.len()
    }

    #[test]
    fn integer_code_passes() {
        // push rbp; mov rbp, rsp; rep movsb; pop rbp; ret
        assert_eq!(violations(&[0x55, 0x48, 0x89, 0xe5, 0xf3, 0xa4, 0x5d, 0xc3]), 0);
    }

    #[test]
    fn each_kind_of_vector_register_is_found() {
        let movaps_xmm = [0x0f, 0x28, 0xc1];
        let vaddps_ymm = [0xc5, 0xf4, 0x58, 0xc2];
        let paddb_mm = [0x0f, 0xfc, 0xc1];
        let fadd = [0xd8, 0xc1];
        for code in [&movaps_xmm[..], &vaddps_ymm, &paddb_mm, &fadd] {
            assert_eq!(violations(code), 1, "{code:x?}");
        }
    }
}
