//! Who calls: what the authorizer's context and the header `x-user` mean.

use lambda_http::Context;
use local::handlers::Handlers;
use serde_json::{Value, json};
use shared::api::Route;
use shared::domain::Scope;

use crate::support::wire::Wire;
use crate::support::{Service, order};

/// Calls a route with the context of an authorizer. Returns status, code and body.
async fn call(app: &Handlers, route: Route, authorizer: Value, body: &Value) -> (i64, String, Value) {
    let event = json!({
        "httpMethod": "POST",
        "resource": route.path(),
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
        "requestContext": { "authorizer": authorizer },
        "body": body.to_string(),
    });
    let event = serde_json::from_value(event).unwrap();
    let answer = app.answer(route.function(), event, Context::default()).await;
    let Some(lambda_http::Body::Text(text)) = answer.body else { panic!("no text") };
    let body: Value = serde_json::from_str(&text).unwrap();
    let code = body["exception"]["errorCode"].as_str().unwrap_or("none").to_owned();
    (answer.status_code, code, body)
}

#[tokio::test]
async fn a_credential_speaks_for_its_tenant_only() {
    let service = Service::start().await;
    let app = Wire::counting().app_for_authorized(&service.stack);
    let scopes = "orders read operations approvals";
    for context in [
        json!({}),
        Value::Null,
        json!({ "scopes": scopes }),
        json!({ "tenantId": "GLOBEX", "scopes": scopes }),
        json!({ "tenantId": "ACME", "scopes": scopes }),
        json!({ "tenantId": "acme_bank", "scopes": scopes }),
        json!({ "tenantId": ["ACME_BANK"], "scopes": scopes }),
    ] {
        let (status, code, _) = call(&app, Route::CreateOrder, context.clone(), &order("ORD-1")).await;
        assert_eq!((status, code.as_str()), (401, "request.unauthorized"), "{context}");
    }
    let context = json!({ "tenantId": "ACME_BANK", "scopes": scopes });
    assert_eq!(call(&app, Route::CreateOrder, context, &order("ORD-1")).await.0, 200);
}

#[tokio::test]
async fn every_route_asks_for_its_scope() {
    let service = Service::start().await;
    let app = Wire::counting().app_for_authorized(&service.stack);
    for route in Route::ALL {
        for scope in Scope::ALL {
            let context = json!({ "tenantId": "ACME_BANK", "principalId": "maker", "scopes": scope.as_str() });
            let (status, code, body) = call(&app, route, context, &json!({ "not": "known" })).await;
            let is_refused = (status, code.as_str()) == (403, "request.forbidden");
            assert_eq!(is_refused, scope != route.scope(), "{route:?} {scope:?}");
            if is_refused {
                let want = format!("The credential lacks the scope {}", route.scope().as_str());
                assert_eq!(body["exception"]["detailMessage"], want);
            }
        }
        let context = json!({ "tenantId": "ACME_BANK", "principalId": "maker" });
        assert_eq!(call(&app, route, context, &json!({})).await.1, "request.forbidden", "{route:?}");
    }
}

#[tokio::test]
async fn the_history_names_the_principal() {
    let service = Service::start().await;
    let app = Wire::counting().app_for_authorized(&service.stack);
    let context = |principal: &str| json!({ "tenantId": "ACME_BANK", "principalId": principal, "scopes": "orders" });
    assert_eq!(call(&app, Route::CreateOrder, context("maker@bank"), &order("ORD-1")).await.0, 200);
    // A principal that cannot be logged counts as none.
    assert_eq!(call(&app, Route::CreateOrder, context("a maker"), &order("ORD-2")).await.0, 200);
    let by = async |id: &str| service.fetch_history(id).await.body["result"][0]["by"].clone();
    assert_eq!((by("ORD-1").await, by("ORD-2").await), (json!("maker@bank"), Value::Null));
    let headers = [("tenant", "ACME_BANK"), ("x-user", "teller-7")];
    assert!(service.post_with("/card-order", &headers, &order("ORD-3")).await.is_ok());
    assert_eq!(by("ORD-3").await, "teller-7");
    assert_eq!(service.fetch_history("ORD-3").await.body["result"][0]["note"], Value::Null);
}
