//! One table of cases becomes a function and a macro.

/// Makes, of one list of cases: the table, the function that runs them all, and the exported macro
/// that expands to one named test a case.
///
/// Attributes in front of the module's name (`#[ignore = "needs …"]`) are those of each test.
///
/// The first token is a dollar sign: the exported macro's own parameters need one that this
/// macro does not read.
macro_rules! suite {
    (
        $d:tt $suite:literal, $harness:ident on $stage:ty;
        $(#[$cases_doc:meta])* $cases:ident,
        $(#[$run_doc:meta])* $run:ident,
        $(#[$macro_doc:meta])* $conformance:ident:
        $($module:ident: { $($name:ident,)* })*
    ) => {
        $(#[$cases_doc])*
        pub const $cases: &[$crate::Case<dyn $harness>] = &[
            $($($crate::Case {
                name: stringify!($name),
                run: |harness| Box::pin($crate::stage::play::<dyn $harness, $stage>(harness, |stage| {
                    Box::pin($module::$name(stage))
                })),
            },)*)*
        ];

        $(#[$run_doc])*
        pub async fn $run(harness: impl $harness + 'static) -> $crate::Report {
            let harness: std::sync::Arc<dyn $harness> = std::sync::Arc::new(harness);
            $crate::case::run_all($suite, $cases, &harness).await
        }

        $(#[$macro_doc])*
        #[macro_export]
        macro_rules! $conformance {
            ($d (#[$d attribute:meta])* $d module:ident, $d harness:expr) => {
                mod $d module {
                    #[allow(unused_imports, reason = "the expression may need what stands around it, or not")]
                    use super::*;

                    $($(
                        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                        $d (#[$d attribute])*
                        async fn $name() {
                            let harness: std::sync::Arc<dyn $crate::$harness> = std::sync::Arc::new($d harness);
                            let case = $crate::$cases.iter().find(|case| case.name == stringify!($name));
                            let case = case.expect("the macro and the table are made of one list");
                            case.run(harness).await.assert_passed();
                        }
                    )*)*
                }
            };
        }
    };
}

pub(crate) use suite;
