//! Runs the random plan of a seed, whose handlers sleep, and prints in microseconds the length of
//! its critical path, and how long the run took.

#[path = "../../../tests/src/random_plan.rs"]
mod random_plan;

fn main() {
    let seed = std::env::args().nth(1).expect("a number").parse().expect("a number");
    let measured = random_plan::run(seed, 1);
    println!("{} {}", measured.critical_path.as_micros(), measured.took.as_micros());
}
