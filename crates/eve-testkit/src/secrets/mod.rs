//! The conformance suite of [`SecretStore`](eve_core::SecretStore).

mod harness;
mod keeping;

use harness::Safe;
pub use harness::SecretsHarness;

crate::suite::suite! {
    $ "secrets", SecretsHarness on Safe;
    /// The cases of the secrets suite.
    SECRETS_CASES,
    /// Runs the secrets suite.
    run_secrets,
    /// Expands to a module of this name with one test for each case of the secrets suite. The
    /// expression makes a [`SecretsHarness`](crate::SecretsHarness) and may await.
    secrets_conformance:
    keeping: {
        a_secret_comes_back_at_its_version,
        what_was_never_stored_is_none,
        equal_text_keeps_its_version,
        other_text_has_another_version,
        any_text_survives,
        scopes_are_kept_apart,
        the_narrowest_scope_wins,
        a_list_names_secrets_and_current_versions,
        a_deleted_secret_is_gone_and_deleting_again_is_skipped,
        printing_the_store_shows_no_secret,
    }
}
