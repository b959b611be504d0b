//! Units and names: what is accepted is written as itself, and what is made fit for a name is one.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use eve_core::desired::{ImageRef, LinuxCapability};
use eve_core::{
    AbsolutePath, ByteSize, Digest, EnvName, HostName, MilliCpu, OrgName, PipelineName, ProjectName, SecretName,
    ServiceName, SourcePath, StepName, VarName, VolumeName, naming, parse_duration,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    is_its_own_text::<ByteSize>(text);
    is_its_own_text::<MilliCpu>(text);
    is_its_own_text::<Digest>(text);
    is_its_own_text::<OrgName>(text);
    is_its_own_text::<ProjectName>(text);
    is_its_own_text::<EnvName>(text);
    is_its_own_text::<ServiceName>(text);
    is_its_own_text::<StepName>(text);
    is_its_own_text::<PipelineName>(text);
    is_its_own_text::<SecretName>(text);
    is_its_own_text::<VarName>(text);
    is_its_own_text::<VolumeName>(text);
    is_its_own_text::<HostName>(text);
    is_its_own_text::<AbsolutePath>(text);
    is_its_own_text::<LinuxCapability>(text);
    _ = ImageRef::new(text);
    _ = SourcePath::new(text);
    _ = parse_duration(text);
    let label = naming::label_within(text, 40);
    assert!(label.is_empty() || ProjectName::new(label.as_str()).is_ok(), "{text:?} became {label:?}");
});

fn is_its_own_text<T: FromStr + Display + PartialEq>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let written = value.to_string();
        assert!(written.parse::<T>().is_ok_and(|again| again == value), "{text:?} is written {written:?}");
    }
}
