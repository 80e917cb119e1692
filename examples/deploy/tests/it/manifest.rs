//! The manifest for Kubernetes, by the types of its interface.

use crate::read;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use serde_norway::Value;

/// The deployment, and what it consists of without what the types do not know: the types ignore
/// unknown fields.
fn parsed(manifest: &str) -> (Deployment, Value) {
    let deployment: Deployment = serde_norway::from_str(manifest).expect("it is a deployment");
    let known = serde_norway::to_value(&deployment).expect("it can be written");
    (deployment, known)
}

fn pod(deployment: Deployment) -> PodSpec {
    deployment.spec.and_then(|spec| spec.template.spec).expect("it has a pod")
}

#[test]
fn kubernetes_knows_every_field() {
    let manifest = read("deployment.yaml");
    let written: Value = serde_norway::from_str(&manifest).expect("it is YAML");
    assert_eq!(parsed(&manifest).1, written);

    let misspelled = manifest.replace("terminationGracePeriodSeconds", "terminationGraceSeconds");
    let written: Value = serde_norway::from_str(&misspelled).expect("it is YAML");
    assert_ne!(parsed(&misspelled).1, written, "this test finds a field that is not known");
}

#[test]
fn the_pods_are_those_that_the_deployment_selects() {
    let spec = parsed(&read("deployment.yaml")).0.spec.expect("it has a specification");
    let labels = spec.template.metadata.and_then(|metadata| metadata.labels);
    assert_eq!(spec.selector.match_labels, labels);
}

#[test]
fn the_program_is_process_1_and_has_a_hook_before() {
    let pod = pod(parsed(&read("deployment.yaml")).0);
    assert_eq!(pod.termination_grace_period_seconds, Some(30));
    assert_eq!(pod.share_process_namespace, None, "otherwise another process would be the first");
    let [Container { command, args, lifecycle, .. }] = &pod.containers[..] else {
        panic!("one container")
    };
    // The entry point of the image stays, and gets the number.
    assert_eq!((command, args.as_deref()), (&None, Some(&["25".to_owned()][..])));
    let hook = lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let sleep = hook.and_then(|hook| hook.sleep.as_ref()).expect("it sleeps first");
    assert_eq!(sleep.seconds, 5);
}
