//! The embedded S3: s3s speaks the protocol, [`Backend`] keeps the objects.

mod backend;
mod notices;
mod objects;
mod receive;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

pub use backend::Backend;
pub use notices::Notices;

use crate::stack::{CREDENTIAL, Stopped};

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, backend: Backend, stopped: Stopped) {
    let mut service = S3ServiceBuilder::new(backend);
    service.set_auth(SimpleAuth::from_single(CREDENTIAL, CREDENTIAL));
    let service = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        tracing::error!(?error, "the bucket failed");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let router = Router::new().fallback_service(service);
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped.wait()).await {
        tracing::error!(%error, "the bucket stopped");
    }
}
