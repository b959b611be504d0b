//! A text of which only so much can be read at once.

use std::cell::Cell;

use saphyr_parser::StrInput;
use saphyr_parser::input::{Input, SkipTabs};

/// A text for a parser that reads ahead: as long as a list or mapping may turn out to be a key it keeps everything in it,
/// without an end. Here the text ends once too many signs of YAML were read and nothing was told.
pub(super) struct Window<'a> {
    text: StrInput<'a>,
    /// How many signs may be read until something is told.
    left: &'a Cell<usize>,
}

impl<'a> Window<'a> {
    pub(super) fn new(text: &'a str, left: &'a Cell<usize>) -> Self {
        Self { text: StrInput::new(text), left }
    }
}

/// Every token but a plain scalar begins or ends with one of these, and no two plain scalars follow each other.
fn is_sign(c: char) -> bool {
    matches!(c, ',' | '[' | ']' | '{' | '}' | ':' | '?' | '"' | '\'' | '&' | '*' | '!')
}

macro_rules! forwarded {
    ($(fn $name:ident($($this:ident)+ $(, $argument:ident: $type:ty)*) $(-> $out:ty)?;)*) => {$(
        forwarded!(@one $name ($($this)+) ($($argument: $type),*) ($($out)?));
    )*};
    (@one $name:ident (ref) ($($argument:ident: $type:ty),*) ($out:ty)) => {
        #[inline]
        fn $name(&self, $($argument: $type),*) -> $out {
            self.text.$name($($argument),*)
        }
    };
    (@one $name:ident (mut) ($($argument:ident: $type:ty),*) ($($out:ty)?)) => {
        #[inline]
        fn $name(&mut self, $($argument: $type),*) $(-> $out)? {
            self.text.$name($($argument),*)
        }
    };
}

impl Input for Window<'_> {
    #[inline]
    fn skip(&mut self) {
        if is_sign(self.text.peek()) {
            match self.left.get().checked_sub(1) {
                Some(left) => self.left.set(left),
                None => self.text = StrInput::new(""),
            }
        }
        self.text.skip();
    }

    forwarded! {
        fn lookahead(mut, count: usize);
        fn buflen(ref) -> usize;
        fn bufmaxlen(ref) -> usize;
        fn buf_is_empty(ref) -> bool;
        fn raw_read_ch(mut) -> char;
        fn raw_read_non_breakz_ch(mut) -> Option<char>;
        fn skip_n(mut, count: usize);
        fn peek(ref) -> char;
        fn peek_nth(ref, n: usize) -> char;
        fn peek_opt(ref) -> Option<char>;
        fn look_ch(mut) -> char;
        fn next_char_is(ref, c: char) -> bool;
        fn nth_char_is(ref, n: usize, c: char) -> bool;
        fn next_2_are(ref, c1: char, c2: char) -> bool;
        fn next_3_are(ref, c1: char, c2: char, c3: char) -> bool;
        fn next_is_document_indicator(ref) -> bool;
        fn next_is_document_start(ref) -> bool;
        fn next_is_document_end(ref) -> bool;
        fn skip_ws_to_eol(mut, skip_tabs: SkipTabs) -> (usize, Result<SkipTabs, &'static str>);
        fn next_can_be_plain_scalar(ref, in_flow: bool) -> bool;
        fn next_is_blank_or_break(ref) -> bool;
        fn next_is_blank_or_breakz(ref) -> bool;
        fn next_is_blank(ref) -> bool;
        fn next_is_break(ref) -> bool;
        fn next_is_breakz(ref) -> bool;
        fn next_is_z(ref) -> bool;
        fn next_is_flow(ref) -> bool;
        fn next_is_digit(ref) -> bool;
        fn next_is_alpha(ref) -> bool;
        fn skip_while_non_breakz(mut) -> usize;
        fn skip_while_blank(mut) -> usize;
        fn fetch_while_is_alpha(mut, out: &mut String) -> usize;
        fn fetch_while_is_yaml_non_space(mut, out: &mut String) -> usize;
    }
}
