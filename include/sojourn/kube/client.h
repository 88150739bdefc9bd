#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/json_scanner.h"
#include "sojourn/kube/list_page.h"
#include "sojourn/kube/request.h"
#include "sojourn/kube/resource.h"
#include "sojourn/kube/transport.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// What a call is about, for its error messages: "create Pod a/b".
struct Operation {
  std::string_view verb;
  const ResourceInfo& info;
  ObjectKey key;
};
std::string to_string(const Operation& operation);

template <Readable T>
struct Page {
  std::vector<T> items;
  std::string continue_;  // token of the next page; empty: this was the last
  std::string resource_version;
};

// An object and the API server's clock when it sent it, in whole seconds.
template <Readable T>
struct Dated {
  T object;
  std::optional<Time> date;
};

// Typed calls to the API server. Thread-safe; `transport` and `clock` must outlive it.
// Errors carry the verb, the kind and the object in their message. They are the transport's, or the
// API server's refusal as an ErrorCode (409 AlreadyExists and Conflict apart, 403 Forbidden with
// quota and admission refusals among them, 410 Gone, 429 and 503 with Retry-After TooManyRequests),
// or Malformed for an answer that does not decode; a write so answered has been carried out.
// A create in a namespace that is being deleted is Forbidden, and NotFound once it is gone, both
// with the reason NamespaceTerminating: nothing will be made there any more. A read that is told to
// wait at most two seconds waits and tries again, twice at most. Nothing else is tried again here:
// whoever calls knows more.
class Client {
 public:
  // `deadline`: the longest a single attempt may take.
  Client(Transport& transport, Clock& clock,
         std::chrono::milliseconds deadline = std::chrono::seconds(10))
      : transport_(transport), clock_(clock), deadline_(deadline) {}

  template <Readable T>
  Result<T> get(const ObjectKey& key, std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    return decoded<T>({"get", info, key}, get_request(info, key), std::move(stop));
  }

  template <Readable T>
  Result<Dated<T>> get_dated(const ObjectKey& key, std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    std::optional<Time> date;
    auto object = decoded<T>({"get", info, key}, get_request(info, key), std::move(stop), &date);
    if (!object) return object.error();
    return Dated<T>{std::move(*object), date};
  }

  // One page, decoded as it arrives. For what a cache does not hold; a cache uses an Informer.
  template <Readable T>
  Result<Page<T>> list(const Selection& selection, const PageOptions& options,
                       std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    Page<T> page;
    const auto on_item = [&](const WireObject& item) -> Result<void> {
      auto object = kube::decode<T>(item);
      if (!object) return with_context(to_string(identify(item).key), std::move(object).error());
      page.items.push_back(std::move(*object));
      return {};
    };
    const auto on_start = [&page] { page.items.clear(); };
    auto end =
        call_list({"list", info, {selection.namespace_, ""}},
                  list_request(info, selection, options), on_start, on_item, std::move(stop));
    if (!end) return end.error();
    page.continue_ = std::move(end->continue_);
    page.resource_version = std::move(end->resource_version);
    return page;
  }

  // The object as the server made it.
  template <typename T>
  requires Readable<T> && Creatable<T> Result<T> create(const T& object, std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    const Operation operation{"create", info, key_of(object.meta)};
    auto body = ResourceTraits<T>::encode(object);
    if (!body) return with_context(to_string(operation), std::move(body).error());
    return decoded<T>(operation, create_request(info, object.meta.namespace_, std::move(*body)),
                      std::move(stop));
  }

  // Nothing when the object is gone; the object as it now is when it lingers (a pod that is given
  // its grace period, a claim in use). An object that is gone at once may also come back as its
  // last state: Store::observe_write tells the two apart.
  template <Readable T>
  Result<std::optional<T>> remove(const ObjectKey& key, const RemoveOptions& options,
                                  std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    auto body = call({"delete", info, key}, remove_request(info, key, options), std::move(stop));
    if (!body) return body.error();
    if (identify(*body).kind != info.kind) return std::optional<T>{};
    auto object = ResourceTraits<T>::decode(*body);
    return object ? std::optional<T>(std::move(*object)) : std::optional<T>{};
  }

  // `merge_patch`: RFC 7396. The answer is the whole object.
  template <Readable T>
  Result<T> patch(const ObjectKey& key, std::string merge_patch, std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    return decoded<T>({"patch", info, key}, patch_request(info, key, std::move(merge_patch)),
                      std::move(stop));
  }
  template <Readable T>
  Result<T> patch_status(const ObjectKey& key, std::string merge_patch, std::stop_token stop) {
    const auto& info = ResourceTraits<T>::info;
    return decoded<T>({"patch the status of", info, key},
                      patch_status_request(info, key, std::move(merge_patch)), std::move(stop));
  }

  // The body of the answer, undecoded; `date`, if asked for, takes the API server's clock.
  Result<std::string> call(const Operation& operation, Request request, std::stop_token stop,
                           std::optional<Time>* date = nullptr);

 private:
  template <Readable T>
  Result<T> decoded(const Operation& operation, Request request, std::stop_token stop,
                    std::optional<Time>* date = nullptr) {
    auto body = call(operation, std::move(request), std::move(stop), date);
    if (!body) return body.error();
    auto object = ResourceTraits<T>::decode(*body);
    if (!object) return with_context(to_string(operation), std::move(object).error());
    return object;
  }

  // `on_start` runs before each attempt.
  Result<PageInfo> call_list(const Operation& operation, Request request,
                             const std::function<void()>& on_start, const ObjectHandler& on_item,
                             std::stop_token stop);
  // True when a read that met `error` is to be tried again: the wait is over.
  bool waited_to_retry(const Error& error, int attempt, std::stop_token stop);

  Transport& transport_;
  Clock& clock_;
  const std::chrono::milliseconds deadline_;
};

}  // namespace sojourn::kube
