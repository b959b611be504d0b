//! What an interpolated value is made of.

use eve_core::SecretName;
use eve_core::desired::ManagedField;

use crate::tree::Span;

/// A piece and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) piece: Piece,
    pub(crate) span: Span,
}

/// A piece of a value.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Text(String),
    /// A variable of the language or of the caller.
    Variable {
        name: String,
        fallback: Fallback,
    },
    /// `${secret.KEY}`
    Secret(SecretName),
    /// `${service.NAME.url}`
    ServiceUrl(String),
    /// `${managed.NAME.FIELD}`
    Managed {
        service: String,
        field: ManagedField,
    },
}

/// What holds where a variable has no value. `even_if_empty` says that an empty one counts as none.
#[derive(Debug, Clone)]
pub(crate) enum Fallback {
    /// Nothing: it is a problem.
    None,
    /// `${VAR:-text}`
    Default { pieces: Vec<Placed>, even_if_empty: bool },
    /// `${VAR:?message}`
    Refuse { message: String, even_if_empty: bool },
}

impl Fallback {
    /// True if an empty value counts as none.
    pub(super) fn holds_if_empty(&self) -> bool {
        matches!(self, Self::Default { even_if_empty: true, .. } | Self::Refuse { even_if_empty: true, .. })
    }
}
