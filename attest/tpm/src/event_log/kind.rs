//! The types of events that the profile defines (10.4.1).

use core::fmt;

macro_rules! kinds {
    ($($number:literal $variant:ident $name:literal,)*) => {
        /// What an event is. Closed: a type that is not here is refused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u32)]
        pub enum EventKind {
            $(#[doc = $name] $variant = $number,)*
        }

        impl EventKind {
            /// The type with this number.
            #[must_use]
            pub fn of(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its number.
            #[must_use]
            pub fn number(self) -> u32 {
                self as u32
            }

            /// Its name in the profile.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    0x0000_0000 PrebootCert "EV_PREBOOT_CERT",
    0x0000_0001 PostCode "EV_POST_CODE",
    0x0000_0003 NoAction "EV_NO_ACTION",
    0x0000_0004 Separator "EV_SEPARATOR",
    0x0000_0005 Action "EV_ACTION",
    0x0000_0006 EventTag "EV_EVENT_TAG",
    0x0000_0007 CrtmContents "EV_S_CRTM_CONTENTS",
    0x0000_0008 CrtmVersion "EV_S_CRTM_VERSION",
    0x0000_0009 CpuMicrocode "EV_CPU_MICROCODE",
    0x0000_000a PlatformConfigFlags "EV_PLATFORM_CONFIG_FLAGS",
    0x0000_000b TableOfDevices "EV_TABLE_OF_DEVICES",
    0x0000_000c CompactHash "EV_COMPACT_HASH",
    0x0000_000d Ipl "EV_IPL",
    0x0000_000e IplPartitionData "EV_IPL_PARTITION_DATA",
    0x0000_000f NonhostCode "EV_NONHOST_CODE",
    0x0000_0010 NonhostConfig "EV_NONHOST_CONFIG",
    0x0000_0011 NonhostInfo "EV_NONHOST_INFO",
    0x0000_0012 OmitBootDeviceEvents "EV_OMIT_BOOT_DEVICE_EVENTS",
    0x0000_0013 PostCode2 "EV_POST_CODE2",
    0x8000_0001 VariableDriverConfig "EV_EFI_VARIABLE_DRIVER_CONFIG",
    0x8000_0002 VariableBoot "EV_EFI_VARIABLE_BOOT",
    0x8000_0003 BootServicesApplication "EV_EFI_BOOT_SERVICES_APPLICATION",
    0x8000_0004 BootServicesDriver "EV_EFI_BOOT_SERVICES_DRIVER",
    0x8000_0005 RuntimeServicesDriver "EV_EFI_RUNTIME_SERVICES_DRIVER",
    0x8000_0006 Gpt "EV_EFI_GPT_EVENT",
    0x8000_0007 EfiAction "EV_EFI_ACTION",
    0x8000_0008 PlatformFirmwareBlob "EV_EFI_PLATFORM_FIRMWARE_BLOB",
    0x8000_0009 HandoffTables "EV_EFI_HANDOFF_TABLES",
    0x8000_000a PlatformFirmwareBlob2 "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
    0x8000_000b HandoffTables2 "EV_EFI_HANDOFF_TABLES2",
    0x8000_000c VariableBoot2 "EV_EFI_VARIABLE_BOOT2",
    0x8000_000d Gpt2 "EV_EFI_GPT_EVENT2",
    0x8000_0010 HcrtmEvent "EV_EFI_HCRTM_EVENT",
    0x8000_00e0 VariableAuthority "EV_EFI_VARIABLE_AUTHORITY",
    0x8000_00e1 SpdmFirmwareBlob "EV_EFI_SPDM_FIRMWARE_BLOB",
    0x8000_00e2 SpdmFirmwareConfig "EV_EFI_SPDM_FIRMWARE_CONFIG",
    0x8000_00e3 SpdmDevicePolicy "EV_EFI_SPDM_DEVICE_POLICY",
    0x8000_00e4 SpdmDeviceAuthority "EV_EFI_SPDM_DEVICE_AUTHORITY",
}

impl EventKind {
    /// Whether the profile says that the digest is the one of the event's data, all of it.
    #[must_use]
    pub fn digest_is_of_data(self) -> bool {
        matches!(
            self,
            Self::Separator
                | Self::Action
                | Self::CrtmVersion
                | Self::EfiAction
                | Self::VariableDriverConfig
                | Self::VariableAuthority
                | Self::VariableBoot2
                | Self::Gpt
        )
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
