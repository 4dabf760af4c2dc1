//! The embedded S3: s3s speaks the protocol, [`Backend`] runs the operations.

mod backend;
mod event;
mod listing;
mod messages;
mod notices;
mod objects;
mod receive;

use hyper::service::Service;
use hyper::{Response, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio_util::sync::CancellationToken;

pub use backend::Backend;
pub use notices::Notices;

use crate::config::CREDENTIAL;
use crate::listener::{Listener, refuse_in_words};

/// Serves until stopped.
pub(crate) async fn serve(listener: Listener, backend: Backend, stopped: CancellationToken) {
    let mut service = S3ServiceBuilder::new(backend);
    service.set_auth(SimpleAuth::from_single(CREDENTIAL, CREDENTIAL));
    let service = service.build();
    let answer = move |_, request| {
        let answered = Service::call(&service, request);
        async move {
            Ok(answered.await.unwrap_or_else(|error| {
                tracing::error!(?error, "the bucket failed");
                let mut response = Response::new(s3s::Body::empty());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }))
        }
    };
    listener.serve(stopped, refuse_in_words, answer).await;
}
