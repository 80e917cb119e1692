use exitmacro::{AtExitCleanup, track};
use std::fs::File;

#[derive(AtExitCleanup)]
struct Parent<T>(T, Vec<Child<T>>);

#[derive(AtExitCleanup)]
struct Child<T>(Option<Box<Parent<T>>>);

fn close(parent: Parent<File>) {
    _ = track(parent);
}

fn main() {}
