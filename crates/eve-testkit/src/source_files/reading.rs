//! What reading a project promises.

use bytes::Bytes;
use eve_core::{Result, SourceContent, SourceLimit, SourcePath, codes};

use super::Desk;
use crate::Outcome;
use crate::failure::{ensure_eq, refused};

fn file(path: &str, bytes: impl Into<Bytes>) -> Result<(SourcePath, Bytes)> {
    Ok((SourcePath::new(path)?, bytes.into()))
}

pub(super) async fn a_file_is_its_bytes(on: &Desk) -> Outcome {
    for bytes in [Bytes::new(), Bytes::from_static(b"\x00not text\xff\r\n")] {
        let source = on.harness.project(&[file("conf/a", bytes.clone())?]).await?;
        let read = on.reader.read(&source, &SourcePath::new("conf/a")?, SourceLimit::OF_SERVICE).await?;
        ensure_eq!(read, SourceContent::File(bytes), "what a file holds");
    }
    Ok(())
}

pub(super) async fn a_folder_is_all_files_below_it(on: &Desk) -> Outcome {
    let files = [file("conf/a", "1")?, file("conf/sub/b", "2")?, file("config/c", "3")?, file("d", "4")?];
    let source = on.harness.project(&files).await?;
    let read = on.reader.read(&source, &SourcePath::new("conf")?, SourceLimit::OF_SERVICE).await?;
    let expected = [file("a", "1")?, file("sub/b", "2")?];
    ensure_eq!(read, SourceContent::Folder(expected.into()), "what a folder holds");
    Ok(())
}

pub(super) async fn what_is_not_there_is_missing(on: &Desk) -> Outcome {
    let source = on.harness.project(&[file("conf/a", "1")?]).await?;
    for path in ["gone", "conf/b", "conf/a/b", "con"] {
        let read = on.reader.read(&source, &SourcePath::new(path)?, SourceLimit::OF_SERVICE).await;
        refused(path, read, &[&codes::FILE_MISSING])?;
    }
    Ok(())
}

pub(super) async fn no_more_is_read_than_may_be_kept(on: &Desk) -> Outcome {
    let most = usize::try_from(SourceLimit::OF_SERVICE.bytes).unwrap_or(usize::MAX);
    let source = on.harness.project(&[file("fits", vec![1; most])?, file("large/a", vec![1; most + 1])?]).await?;
    on.reader.read(&source, &SourcePath::new("fits")?, SourceLimit::OF_SERVICE).await?;
    for path in ["large", "large/a"] {
        let read = on.reader.read(&source, &SourcePath::new(path)?, SourceLimit::OF_SERVICE).await;
        refused(path, read, &[&codes::FILE_TOO_LARGE])?;
    }
    let mut less = SourceLimit::OF_SERVICE.minus(0, 1);
    refused(
        "what is larger than what is left",
        on.reader.read(&source, &SourcePath::new("fits")?, less).await,
        &[&codes::FILE_TOO_LARGE],
    )?;
    less = SourceLimit::OF_SERVICE.minus(SourceLimit::OF_SERVICE.files, 0);
    refused(
        "a file where none is left",
        on.reader.read(&source, &SourcePath::new("fits")?, less).await,
        &[&codes::FILE_TOO_LARGE],
    )?;
    let many =
        (0..=SourceLimit::OF_SERVICE.files).map(|i| file(&format!("many/{i}"), "")).collect::<Result<Vec<_>>>()?;
    let source = on.harness.project(&many).await?;
    let read = on.reader.read(&source, &SourcePath::new("many")?, SourceLimit::OF_SERVICE).await;
    refused("too many files", read, &[&codes::FILE_TOO_LARGE]).map(drop)
}
