//! Tests of what is told of a text, a line each.

macro_rules! cases {
    ($with:ident: $($name:ident: $text:expr => [$($expected:literal),*];)*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &[$($expected),*];
            assert_eq!($with($text), expected);
        }
    )*};
}
pub(crate) use cases;
