//! What is asked of the crate.

use super::table::{NONE, or_none, short, whole};

pub(super) struct Target {
    pub(super) what: &'static str,
    /// At most this much.
    pub(super) limit: f64,
    pub(super) measured: Option<f64>,
    pub(super) unit: &'static str,
}

impl Target {
    pub(super) fn cells(&self) -> [String; 4] {
        let show = |number: f64| {
            let number = if self.unit == "×" {
                format!("{number:.2}")
            } else if number.fract() == 0.0 {
                whole(number)
            } else {
                short(number)
            };
            format!("{number} {}", self.unit).trim_end().to_owned()
        };
        let verdict = match self.measured {
            Some(measured) if measured <= self.limit => "met",
            Some(_) => "**missed**",
            None => NONE,
        };
        [self.what.to_owned(), show(self.limit), or_none(self.measured, show), verdict.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(measured: Option<f64>) -> String {
        Target { what: "start-up", limit: 3000.0, measured, unit: "instructions" }.cells()[3].clone()
    }

    #[test]
    fn the_limit_itself_meets_the_target() {
        assert_eq!(verdict(Some(3000.0)), "met");
        assert_eq!(verdict(Some(3000.1)), "**missed**");
        assert_eq!(verdict(None), NONE);
    }

    #[test]
    fn ratios_keep_their_decimals() {
        let target = Target { what: "register", limit: 1.5, measured: Some(0.987), unit: "×" };
        assert_eq!(target.cells()[1..3], ["1.50 ×", "0.99 ×"]);
    }
}
