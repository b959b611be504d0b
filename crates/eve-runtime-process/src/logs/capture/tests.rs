use super::*;
use crate::logs::Limits;

async fn captured(secrets: &[&str], chunks: Vec<Vec<u8>>) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let log = Arc::new(Log::open(dir.path(), Limits { file_bytes: 100_000_000, files: 3 }).unwrap());
    let secrets: Vec<_> = secrets.iter().copied().map(Secret::new).collect();
    let (mut write, read) = tokio::io::duplex(64);
    let feed = async move {
        for chunk in chunks {
            tokio::io::AsyncWriteExt::write_all(&mut write, &chunk).await.unwrap();
        }
    };
    tokio::join!(Capture::run(vec![(Capture::new(&log, Pipe::Out, &secrets), read)]), feed);
    let mut out = Vec::new();
    for part in std::fs::read_dir(dir.path()).unwrap() {
        for line in std::fs::read(part.unwrap().path()).unwrap().split_inclusive(|b| *b == b'\n') {
            out.extend_from_slice(&Line::parse(line.strip_suffix(b"\n").unwrap()).unwrap().bytes);
            out.push(b'\n');
        }
    }
    out
}

#[tokio::test]
async fn a_line_may_come_in_pieces_and_the_last_one_without_an_end() {
    let out = captured(&[], vec![b"a".to_vec(), b"b\nc\r\n".to_vec(), b"\nd".to_vec()]).await;
    assert_eq!(out, b"ab\nc\n\nd\n");
}

#[tokio::test]
async fn a_secret_that_comes_in_pieces_is_redacted() {
    let chunks = b"key=hunter22!\n".iter().map(|b| vec![*b]).collect();
    assert_eq!(captured(&["hunter22"], chunks).await, b"key=***!\n");
}

#[tokio::test]
async fn a_secret_across_the_cut_of_a_long_line_is_redacted() {
    for before in (Line::LONGEST - 8)..=(Line::LONGEST + 1) {
        let line = [vec![b'x'; before], b"hunter22".to_vec(), vec![b'y'; 200], b"\n".to_vec()].concat();
        let out = captured(&["hunter22"], vec![line]).await;
        let text = String::from_utf8(out).unwrap().replace('\n', "");
        assert_eq!(text.len(), before + 3 + 200, "{before}");
        assert!(text.contains("x***y"), "{before}");
    }
}

#[tokio::test]
async fn the_rest_of_a_secret_that_somebody_else_began_to_read_is_left_out() {
    let cases = [
        (&["-is-secret@h\nnext\nlast"][..], &["next", "last"][..]),
        (&["-is-", "secret@h", "\nnext\nlast"], &["next", "last"]),
        (&["-is-secret"], &[]),
    ];
    for (chunks, whole) in cases {
        let dir = tempfile::tempdir().unwrap();
        let log = Arc::new(Log::open(dir.path(), Limits { file_bytes: 1_000_000, files: 1 }).unwrap());
        let mut capture = Capture::resumed(&log, Pipe::Out, &[Secret::new("hunter22-is-secret")]);
        for chunk in chunks {
            capture.push(chunk.as_bytes());
        }
        capture.finish();
        assert_eq!(log.tail(3), whole);
    }
}

#[tokio::test]
async fn a_long_line_is_split_and_nothing_of_it_is_lost() {
    let line = vec![b'z'; 3 * Line::LONGEST + 5];
    let out = captured(&[], vec![line.clone()]).await;
    let whole: Vec<u8> = out.split(|b| *b == b'\n').flatten().copied().collect();
    assert_eq!(whole, line);
    assert!(out.split(|b| *b == b'\n').all(|piece| piece.len() <= Line::LONGEST));
}

#[tokio::test]
async fn what_waits_on_standard_output_comes_before_what_waits_on_standard_error() {
    let dir = tempfile::tempdir().unwrap();
    let log = Arc::new(Log::open(dir.path(), Limits { file_bytes: 1_000_000, files: 1 }).unwrap());
    let waiting = |text: &'static str| std::io::Cursor::new(text.as_bytes());
    let sources = [(Pipe::Out, waiting("starts\nreads\n")), (Pipe::Err, waiting("fatal\n"))];
    Capture::run(sources.map(|(pipe, read)| (Capture::new(&log, pipe, &[]), read)).into()).await;
    assert_eq!(log.tail(3), ["starts", "reads", "fatal"]);
}
