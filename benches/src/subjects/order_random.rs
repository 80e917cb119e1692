//! Runs the random plan of a seed, whose handlers sleep.

#[path = "../../../tests/src/random_plan.rs"]
mod random_plan;

fn main() {
    random_plan::run(std::env::args().nth(1).expect("a number").parse().expect("a number"));
}
