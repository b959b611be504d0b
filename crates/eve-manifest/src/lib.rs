//! The language eve/compose/v2: from text to a resolved project, with every problem at its place.
