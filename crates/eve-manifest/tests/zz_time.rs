//! t
use eve_manifest::{Limits, Manifest, Text};
fn many(count: usize, piece: impl FnMut(usize) -> String) -> String { (0..count).map(piece).collect::<Vec<_>>().concat() }
fn go(n: &str, text: &str) { let t = std::time::Instant::now(); let limits = Limits::new(64 << 20, 64, 5_000_000); let r = Manifest::parse(Text { file: "m.yaml", text }, &limits); println!("{n} {:?} err={}", t.elapsed(), r.is_err());
 if let Ok(m)=r { let t = std::time::Instant::now(); let l = m.lower(&eve_manifest::Target::new("a".parse().unwrap())); println!("  lower {:?} {}", t.elapsed(), l.is_ok()); } }
#[test] fn t() {
    go("keys", &many(100_000, |i| format!("key{i}: 1\n")));
    go("waits", &format!("services: {{ web: {{ image: x, depends_on: [{}] }} }}\n", many(50_000, |i| format!("x{i},"))));
    go("circle", &format!("services:\n{}", many(40_000, |i| format!("  s{i}: {{ image: x, depends_on: [s{}] }}\n", (i + 1) % 40_000))));
    for n in [1000, 10_000] { go("ok", &format!("name: a\nservices:\n{}", many(n, |i| format!("  s{i}:\n    image: x\n    ports: [80]\n    command: a b c\n    environment:\n      A: b\n      B: ${{service.s0.url}}\n    depends_on:\n      - s{}\n", (i + 1) % n).replace(&format!("\n    depends_on:\n      - s0\n"), "\n")))); }
    go("over", &format!("name: a\nservices:\n{}environments:\n  e:\n    overrides:\n      services:\n{}", many(10_000, |i| format!("  s{i}: {{image: x}}\n")), many(10_000, |i| format!("        s{i}: {{replicas: 2}}\n"))));
    if let Ok(text) = std::fs::read_to_string("/work/shared/bench/compose-1000.yaml") { go("bench", &text); 
      let r = Manifest::parse(Text { file: "m.yaml", text: &text }, &Limits::default()); if let Err(p) = r { println!("{} {}", p.iter().count(), p.first()); } }
}
