// Browsers refuse to start a worker from a file. The search is one, so run it in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(url) {
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc = "<!doctype html><title>search</title>";
      frame.addEventListener("load", () => this.start(frame.contentWindow, url), { once: true });
      document.body.append(frame);
    }

    // As with a worker, a message is a copy and arrives later.
    start(inner, url) {
      inner.postMessage = (data) => {
        setTimeout(() => this.onmessage?.(new MessageEvent("message", { data: structuredClone(data) })));
      };
      const script = inner.document.createElement("script");
      script.src = url;
      script.addEventListener("load", () => {
        this.inner = inner;
        this.waiting.splice(0).forEach((data) => this.postMessage(data));
      });
      inner.document.head.append(script);
    }

    postMessage(data) {
      if (!this.inner) {
        this.waiting.push(data);
        return;
      }
      const { MessageEvent, structuredClone } = this.inner;
      const event = new MessageEvent("message", { data: structuredClone.call(this.inner, data) });
      setTimeout(() => this.inner.dispatchEvent(event));
    }

    terminate() {
      this.onmessage = null;
    }
  };
}
