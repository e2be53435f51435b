package org.ugmm.tool.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.ugmm.tool.draw.Backdrop;

/** The explorer page and the files that are the same for every model, read once from the jar. */
final class Page {
  private record Asset(String file, String type) {}

  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final Map<String, Asset> ASSETS =
      Map.of(
          "/", new Asset("explorer.html", "text/html; charset=utf-8"),
          "/explorer.css", new Asset("explorer.css", CSS),
          "/explorer.js", new Asset("explorer.js", SCRIPT),
          "/sheet.js", new Asset("sheet.js", SCRIPT),
          "/look.css", new Asset("", CSS),
          "/openapi.json", new Asset("openapi.json", Exchange.JSON));

  /** The page takes nothing from elsewhere, sends nothing elsewhere, and is in no other page. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src"
          + " 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private final Map<String, byte[]> read = new HashMap<>();

  Page() {
    ASSETS.forEach(
        (path, asset) ->
            read.put(
                path,
                asset.file().isEmpty()
                    ? Backdrop.look().getBytes(StandardCharsets.UTF_8)
                    : bytes(asset.file())));
  }

  /** The bytes of a file beside this class. */
  private static byte[] bytes(String file) {
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
    exchange.header("Content-Security-Policy", POLICY);
    Asset asset = Objects.requireNonNull(ASSETS.get(path));
    exchange.send(200, asset.type(), Objects.requireNonNull(read.get(path)));
  }
}
