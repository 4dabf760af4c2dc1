//! The Lambda binary of [`authorize`].

use authorize::{AuthorizeEvent, Authorizer, Issuer, KeySource};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sandbox = Sandbox::start().await?;
    let issuer = sandbox.token_issuer()?.map(|issuer| {
        let keys = KeySource::new(issuer.jwks_url, issuer.web);
        Issuer::new(&issuer.iss, &issuer.aud, issuer.tenant_claim, keys)
    });
    let authorizer = &Authorizer::new(sandbox.credentials()?, issuer, sandbox.clock()?);
    // A failure is returned: API Gateway answers it by 503, and keeps no answer.
    let service = service_fn(|event: LambdaEvent<AuthorizeEvent>| async move {
        authorize::handle(authorizer, &event.payload).await.map_err(Error::from)
    });
    lambda_runtime::run(service).await
}
