//! Declares handlers of many priorities, in no order, and returns from `main`.

use exitmacro::{at_exit, priority};

const STEP: i32 = 50;

const fn above(level: i32) -> i32 {
    level + STEP
}

#[at_exit(priority = priority::RESOURCES)]
fn resources() {
    println!("resources");
}

#[at_exit(priority = i32::MIN)]
fn least() {
    println!("least");
}

#[at_exit(priority = -1)]
fn below_zero() {
    println!("below zero");
}

#[at_exit(priority = priority::INTAKE)]
fn intake() {
    println!("intake");
}

#[at_exit(priority = i32::MAX)]
fn greatest() {
    println!("greatest");
}

#[at_exit(priority = priority::DEFAULT)]
fn named_default() {
    println!("named default");
}

#[at_exit(priority = above(priority::FILES))]
fn above_files() {
    println!("above files");
}

#[at_exit(priority = priority::TELEMETRY)]
fn telemetry() {
    println!("telemetry");
}

#[at_exit(priority = i32::MAX - 1)]
fn almost_greatest() {
    println!("almost greatest");
}

#[at_exit(priority = priority::TERMINAL)]
fn terminal() {
    println!("terminal");
}

#[at_exit(priority = i32::MIN + 1)]
fn almost_least() {
    println!("almost least");
}

#[at_exit(priority = priority::WORK)]
fn work() {
    println!("work");
}

#[at_exit(priority = priority::FILES)]
fn files() {
    println!("files");
}

#[at_exit(priority = 1)]
fn above_zero() {
    println!("above zero");
}

fn main() -> Result<(), exitmacro::RegisterError> {
    exitmacro::Handler::new("registered least")
        .priority(i32::MIN)
        .register(|| println!("registered least"))?;
    exitmacro::Handler::new("registered greatest")
        .priority(i32::MAX)
        .register(|| println!("registered greatest"))?;
    Ok(())
}
