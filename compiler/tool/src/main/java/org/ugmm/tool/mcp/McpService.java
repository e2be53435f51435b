package org.ugmm.tool.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapperSupplier;
import io.modelcontextprotocol.json.schema.jackson2.JacksonJsonSchemaValidatorSupplier;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Serves models over the Model Context Protocol to one client. */
public final class McpService {
  private static final String INSTRUCTIONS =
      "Exact probabilities from trained models. Call describe_model first, then ask: posterior for"
          + " what is likely given what is known, mpe for the most probable whole, marginal for how"
          + " probable the evidence is. Variables without evidence are integrated out; nothing need"
          + " be guessed. Every answer has a certificate: EXACT is a closed form with a proven"
          + " bound on rounding, ENCLOSED lies in a proven interval, ESTIMATED has an error"
          + " estimate. An error says what would help.";

  private McpService() {}

  /**
   * Answers until the input ends.
   *
   * @param version of the command
   * @param in messages, one a line
   * @param out answers, one a line, and nothing else
   * @throws IOException if the input fails
   * @throws org.ugmm.tool.out.OutputException if an answer could not be written
   */
  public static void serve(List<McpModel> models, String version, InputStream in, OutputStream out)
      throws IOException {
    McpJsonMapper json = new JacksonMcpJsonMapperSupplier().get();
    LineTransport transport = new LineTransport(json, in, out);
    McpSyncServer server =
        McpServer.sync(transport)
            .serverInfo("ugmm", version)
            .instructions(INSTRUCTIONS)
            .capabilities(ServerCapabilities.builder().tools(false).build())
            .jsonMapper(json)
            .jsonSchemaValidator(new JacksonJsonSchemaValidatorSupplier().get())
            .tools(new McpTools(models, json).all())
            .build();
    try {
      transport.run();
    } finally {
      server.close();
    }
  }
}
