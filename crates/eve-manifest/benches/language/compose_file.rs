//! Files as people write them, of any size.

use std::fmt::Write as _;

/// A Compose file of services that wait for each other in a row.
pub(crate) fn compose_file(services: usize) -> String {
    let mut text = "services:\n".to_owned();
    for i in 0..services {
        let (port, published, team) = (8_000 + i, 10_000 + i, i % 7);
        write!(
            text,
            "  svc{i}:
    image: registry.example.com/team/svc{i}:1.2.{i}
    command: ['run','--port','{port}']
    environment:
      A: '{i}'
      B: ${{B:-x}}
    ports: ['{published}:80']
    labels:
      team: a{team}
"
        )
        .expect("a string takes everything");
        if i > 0 {
            writeln!(text, "    depends_on: [svc{}]", i - 1).expect("a string takes everything");
        }
    }
    text
}
