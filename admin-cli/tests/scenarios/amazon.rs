//! Error messages for wrong settings of Amazon DynamoDB.

use twclone_testkit::{Output, Proxy, Trouble, World};

/// Returns the error message of `init` on Amazon DynamoDB with these settings, and no others.
fn told(settings: &[(&str, &str)]) -> String {
    let world = World::embedded();
    let mut command = world.command("twclone-admin");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    // Without the AWS files of the user who runs the tests, and without the EC2 metadata service.
    command.env("HOME", world.folder()).env("AWS_EC2_METADATA_DISABLED", "true").envs(settings.iter().copied());
    command.args(["--dynamodb", "aws", "init", "--no-seed"]);
    let output = Output::of(command, "");
    assert_eq!(output.code, Some(5), "{output:?}");
    assert_eq!(output.stderr.trim_end().lines().count(), 1, "{output:?}");
    assert!(!output.stderr.contains('{') && output.stderr.len() < 500, "{output:?}");
    output.stderr
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")];

#[test]
fn a_region_that_is_missing_or_malformed_is_told_with_what_to_set() {
    let text = told(&KEYS);
    assert!(text.contains("no AWS region is set; set AWS_REGION") && text.contains("eu-central-1"), "{text}");
    for region in ["eu central", "EU-Central-1", "eu-central-1.amazonaws.com", "-eu"] {
        let text = told(&[&KEYS[..], &[("AWS_REGION", region)]].concat());
        let malformed = format!("the AWS region \"{region}\" is malformed; set AWS_REGION");
        assert!(text.contains(&malformed), "{text}");
    }
}

#[test]
fn credentials_that_are_missing_or_have_expired_are_told_with_what_to_set() {
    let text = told(&[("AWS_REGION", "eu-central-1")]);
    assert!(text.contains("there are no AWS credentials; set AWS_ACCESS_KEY_ID"), "{text}");
    let proxy = Proxy::before("http://127.0.0.1:1");
    proxy.order(1..usize::MAX, Trouble::Refuse(400, "ExpiredTokenException"));
    let place = [("AWS_REGION", "eu-central-1"), ("AWS_ENDPOINT_URL", proxy.address())];
    let text = told(&[&KEYS[..], &place].concat());
    assert!(text.contains("the AWS credentials have expired; renew them"), "{text}");
}
