package org.ugmm.tool.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The files that are the same for every model, read once from the jar. */
final class Page {
  private record Asset(String file, String type) {}

  private static final Map<String, Asset> ASSETS =
      Map.of("/openapi.json", new Asset("openapi.json", Exchange.JSON));

  private final Map<String, byte[]> read = new HashMap<>();

  Page() {
    ASSETS.forEach((path, asset) -> read.put(path, bytes(asset.file())));
  }

  /** The bytes of a file beside this class. */
  static byte[] bytes(String file) {
    try (InputStream in = Page.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + file);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean has(String path) {
    return ASSETS.containsKey(path);
  }

  void send(Exchange exchange, String path) {
    exchange.header("Cache-Control", "no-cache");
    exchange.header("X-Content-Type-Options", "nosniff");
    Asset asset = Objects.requireNonNull(ASSETS.get(path));
    exchange.send(200, asset.type(), Objects.requireNonNull(read.get(path)));
  }
}
