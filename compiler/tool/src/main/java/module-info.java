/**
 * The command {@code ugmm}: tables, terminals, files and a service around the compiler and the
 * engine.
 */
module org.ugmm.tool {
  requires org.ugmm.compiler;
  requires org.ugmm.engine;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires de.siegmar.fastcsv;
  requires info.picocli;
  requires io.modelcontextprotocol.sdk.mcp.core;
  requires io.modelcontextprotocol.sdk.mcp.json.jackson2;
  requires io.prometheus.metrics.config;
  requires io.prometheus.metrics.core;
  requires io.prometheus.metrics.model;
  requires io.prometheus.writer.text;
  requires it.unimi.dsi.fastutil.core;
  requires java.sql;
  requires jdk.jfr;
  requires me.tongfei.progressbar;
  requires org.apache.commons.numbers.gamma;
  requires org.eclipse.jetty.http;
  requires org.eclipse.jetty.io;
  requires org.eclipse.jetty.server;
  requires org.eclipse.jetty.util;
  requires reactor.core;
  requires static org.jspecify;

  // picocli sets the fields of commands that bear its annotations
  opens org.ugmm.tool to
      info.picocli;
}
