//! The value of `priority`. Literals are checked here, and other expressions by rustc.

use crate::args::expect;
use crate::diagnostic::error;
use syn::parse::ParseStream;
use syn::{Expr, Lit, LitInt, Result, UnOp};

pub(crate) fn parse(input: ParseStream) -> Result<Expr> {
    let value = expect(input, "`priority` expects an `i32` expression, such as `10`")?;
    check(&value, "")?;
    Ok(value)
}

fn check(value: &Expr, sign: &str) -> Result<()> {
    match value {
        // A fragment of a `macro_rules!` macro.
        Expr::Group(group) => check(&group.expr, sign),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && sign.is_empty() => {
            check(&unary.expr, "-")
        }
        Expr::Lit(literal) => check_literal(&literal.lit, sign),
        _ => Ok(()),
    }
}

fn check_literal(literal: &Lit, sign: &str) -> Result<()> {
    match literal {
        Lit::Int(number) => check_number(number, sign),
        other => error(other.span(), "`priority` expects a whole number, such as `10` or `-5`"),
    }
}

fn check_number(number: &LitInt, sign: &str) -> Result<()> {
    let digits = number.base10_digits();
    if format!("{sign}{digits}").parse::<i32>().is_err() {
        return error(
            number.span(),
            format!("`priority` is an `i32`; expected a number from {} to {}", i32::MIN, i32::MAX),
        );
    }
    if !matches!(number.suffix(), "" | "i32") {
        let suffix = number.suffix();
        return error(
            number.span(),
            format!("`priority` is an `i32`; write `{sign}{digits}` without the suffix `{suffix}`"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::check_value;
    use syn::parse::Parser;

    #[test]
    fn numbers_of_an_i32_pass() {
        for text in ["0", "10", "-5", "1_000", "0xff", "7i32", "2147483647", "-2147483648"] {
            check_value(text, parse);
        }
    }

    #[test]
    fn other_expressions_pass() {
        for text in [
            "levels::WORK",
            "BASE + 1",
            "-BASE",
            "!0",
            "{ 5 }",
            "max::<i32>(1, 2)",
            "- -5",
            "- -5i64",
            "5 as i32",
        ] {
            check_value(text, parse);
        }
    }

    #[test]
    fn literals_of_another_kind_are_reported() {
        for code in ["«\"10\"»", "«1.5»", "«true»", "«'a'»", "«b'a'»", "-«1.5»"] {
            check_value(code, parse);
        }
    }

    #[test]
    fn half_an_expression_is_reported() {
        for code in ["«1» +", "«*»", "«(»,)", "«#»[cfg(unix)] 5"] {
            check_value(code, parse);
        }
    }

    #[test]
    fn numbers_out_of_range_are_reported() {
        for code in
            ["«2147483648»", "-«2147483649»", "«99999999999999999999999999999999999999999999»"]
        {
            check_value(code, parse);
        }
    }

    #[test]
    fn what_a_message_says_to_write_is_read() {
        for (code, digits) in
            [("-5i64", Some("-5")), ("0x10u8", Some("16")), ("99999999999i64", None)]
        {
            let message = parse.parse_str(code).map(drop).unwrap_err().to_string();
            let written =
                message.split_once("write `").map(|(_, rest)| rest.split_once('`').unwrap().0);
            assert_eq!(written, digits, "{message}");
            written.into_iter().for_each(|text| check_value(text, parse));
        }
    }

    #[test]
    fn foreign_suffix_is_reported() {
        check_value("-«5i64»", parse);
        check_value("«5u8»", parse);
    }
}
