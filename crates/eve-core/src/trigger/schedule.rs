//! Schedules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, codes};

/// Minutes at which something starts, in UTC: the five fields of cron.
///
/// Minute, hour, day of the month, month and day of the week, each `*`, a number, a range `1-5`, a list `1,15`, or one of
/// those in steps, `*/15`. Months and days of the week have their English names, too, and Sunday is 0 and 7. Where both
/// days are restricted, either of them is enough. A schedule that can never be met, such as February 30, is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// True if either kind of day is enough.
    either_day: bool,
}

/// One of the five fields.
struct Field {
    name: &'static str,
    least: u8,
    most: u8,
    /// What the numbers are called, from the least one on.
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[] },
    Field { name: "hour", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: MONTHS },
    Field { name: "day of the week", least: 0, most: 7, words: DAYS },
];
/// How many days a month has at most.
const LONGEST: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// `unit.malformed`, with the field that is wrong.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let Ok(words) = <[&str; 5]>::try_from(words) else {
            return Err(malformed(&text, "it has five fields: minute, hour, day of the month, month, day of the week"));
        };
        let mut sets = [0_u64; 5];
        for ((set, field), word) in sets.iter_mut().zip(&FIELDS).zip(words) {
            *set = field.read(word).ok_or_else(|| {
                let Field { name, least, most, .. } = field;
                malformed(&text, &format!("`{}` is no {name}: use {least} to {most}", word.escape_debug()))
            })?;
        }
        let [minutes, hours, days, months, mut weekdays] = sets;
        weekdays |= weekdays >> 7 & 1;
        let is_open = |word: &str| word.starts_with('*');
        let either_day = !is_open(words[2]) && !is_open(words[4]);
        let is_met = |month: usize| months >> month & 1 == 1 && days & below(LONGEST[month - 1] + 1) != 0;
        if !either_day && !(1..=12).any(is_met) {
            return Err(malformed(&text, "no month has such a day"));
        }
        Ok(Self { text, minutes, hours, days, months, weekdays, either_day })
    }

    /// The schedule as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True if it starts at a minute of a day: months and days count from 1, days of the week from 0, which is Sunday.
    pub fn is_met(&self, month: u8, day: u8, weekday: u8, hour: u8, minute: u8) -> bool {
        let has = |set: u64, number: u8| set.checked_shr(number.into()).unwrap_or_default() & 1 == 1;
        let (day, weekday) = (has(self.days, day), has(self.weekdays, weekday));
        let is_day = if self.either_day { day || weekday } else { day && weekday };
        is_day && has(self.months, month) && has(self.hours, hour) && has(self.minutes, minute)
    }
}

impl Field {
    /// The set of numbers that a word means.
    fn read(&self, word: &str) -> Option<u64> {
        word.split(',').try_fold(0, |set, part| Some(set | self.part(part)?))
    }

    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| (1..=self.most).contains(step))?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if range == "*" => (self.least, self.most),
            None => {
                let number = self.number(range)?;
                (number, if step.is_some() { self.most } else { number })
            }
        };
        (first <= last).then(|| (first..=last).step_by(step.unwrap_or(1).into()).fold(0, |set, one| set | 1 << one))
    }

    fn number(&self, text: &str) -> Option<u8> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let number = match word {
            Some(at) => u8::try_from(at).ok()? + self.least,
            None => number(text)?,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}

/// A number of one or two digits.
fn number(text: &str) -> Option<u8> {
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The numbers below one.
fn below(number: u8) -> u64 {
    (1 << number) - 1
}

fn malformed(text: &str, why: &str) -> Error {
    let text = format!("`{}` is no schedule: {why}", text.escape_debug());
    Error::invalid(codes::UNIT_MALFORMED, text).with_hint("write `0 3 * * *` for three o'clock every night, UTC")
}

impl FromStr for Schedule {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl TryFrom<String> for Schedule {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.text
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        Schedule::new(text).unwrap()
    }

    #[test]
    fn a_schedule_is_met_at_its_minutes_alone() {
        let nightly = schedule("0 3 * * *");
        assert!(nightly.is_met(1, 31, 0, 3, 0) && !nightly.is_met(1, 31, 0, 3, 1) && !nightly.is_met(1, 31, 0, 4, 0));
        let quarters = schedule("*/15 8-17 * * mon-fri");
        assert!(
            quarters.is_met(6, 1, 1, 8, 45) && !quarters.is_met(6, 1, 0, 8, 45) && !quarters.is_met(6, 1, 1, 18, 0)
        );
        let lists = schedule("5/20,1 0 1,15 Jan,jul *");
        assert!([1, 5, 25, 45].iter().all(|minute| lists.is_met(7, 15, 3, 0, *minute)));
        assert!(!lists.is_met(7, 15, 3, 0, 2) && !lists.is_met(2, 15, 3, 0, 1));
    }

    #[test]
    fn sunday_has_two_numbers_and_either_day_is_enough() {
        assert!(schedule("0 0 * * 7").is_met(1, 5, 0, 0, 0));
        let either = schedule("0 0 13 * fri");
        assert!(either.is_met(1, 13, 1, 0, 0) && either.is_met(1, 2, 5, 0, 0) && !either.is_met(1, 2, 4, 0, 0));
    }

    #[test]
    fn what_is_no_schedule_is_told_with_its_field() {
        for (text, why) in [
            ("* * * *", "five fields"),
            ("* * * * * *", "five fields"),
            ("60 * * * *", "minute"),
            ("* 24 * * *", "hour"),
            ("* * 0 * *", "day of the month"),
            ("* * * 13 *", "month"),
            ("* * * * 8", "day of the week"),
            ("*/0 * * * *", "minute"),
            ("5-1 * * * *", "minute"),
            ("1,,2 * * * *", "minute"),
            ("+1 * * * *", "minute"),
            ("001 * * * *", "minute"),
            ("@daily", "five fields"),
            ("0 0 30 feb *", "no month"),
            ("0 0 31 4,6 *", "no month"),
        ] {
            let error = Schedule::new(text).unwrap_err();
            assert_eq!(error.code(), &codes::UNIT_MALFORMED);
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(Schedule::new("0 0 29 2 *").is_ok(), "some years have it");
        assert!(Schedule::new("0 0 30 2 mon").is_ok(), "mondays are enough");
    }
}
