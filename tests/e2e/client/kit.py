"""What the tests of the client share: certificates, a gRPC server of Python's, ways to run `shap` and the probe."""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile
import unittest

import grpc

DIRECTORY = "/shap.v1.Directory/"


def make_certificates(directory):
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test Authority")
    for name, host, days in (("good", "localhost", "2"), ("other", "elsewhere.example", "2")):
        pathlib.Path(directory, name + ".ext").write_text("subjectAltName=DNS:" + host)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key",
                "-out", name + ".csr", "-subj", "/CN=" + host)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", days, "-out", name + ".pem", "-extfile", name + ".ext")


def make_bad_certificates(directory):
    """Beside the good ones: expired, of the next century, by another authority, and by themselves."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    pathlib.Path(directory, "authority.cnf").write_text(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\nunique_subject=no\n"
        "policy=p\n[p]\ncommonName=supplied\n")
    pathlib.Path(directory, "index").write_text("")
    openssl("req", "-x509", *ec, "-keyout", "strange.key", "-out", "strange.pem", "-days", "2", "-subj", "/CN=Strange Authority")
    for name, issuer, first, last in (("expired", "ca", "20200101000000Z", "20210101000000Z"),
                                      ("early", "ca", "21000101000000Z", "21100101000000Z"),
                                      ("stranger", "strange", "20200101000000Z", "21100101000000Z")):
        openssl("req", *ec, "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=localhost")
        openssl("ca", "-batch", "-config", "authority.cnf", "-in", name + ".csr", "-out", name + ".pem", "-notext", "-cert", issuer + ".pem",
                "-keyfile", issuer + ".key", "-startdate", first, "-enddate", last, "-extfile", "good.ext")
    openssl("req", "-x509", *ec, "-keyout", "itself.key", "-out", "itself.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost")


class Case(unittest.TestCase):
    """A server of `make_handler`'s on a Unix socket, loopback, and TLS with a good certificate and another name's."""
    shap_path = probe_path = None

    @classmethod
    def make_handler(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="shap-")
        cls.home = pathlib.Path(cls.directory.name)
        make_certificates(cls.home)
        cls.handler = cls.make_handler()
        cls.server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16), handlers=[cls.handler])
        cls.unix = "unix:%s/socket" % cls.home
        cls.server.add_insecure_port(cls.unix)
        cls.plain = "http://127.0.0.1:%d" % cls.server.add_insecure_port("127.0.0.1:0")
        cls.tls = {name: "localhost:%d" % cls.server.add_secure_port("127.0.0.1:0", cls.credentials(name))
                   for name in ("good", "other")}
        cls.server.start()

    @classmethod
    def credentials(cls, name):
        return grpc.ssl_server_credentials([((cls.home / (name + ".key")).read_bytes(),
                                             (cls.home / (name + ".pem")).read_bytes())])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop(0).wait()
        cls.directory.cleanup()

    def environment(self, **more):
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], **more}

    def run_shap(self, *words, stdin=b"", **more):
        done = subprocess.run([self.shap_path, *words], input=stdin, env=self.environment(**more), capture_output=True,
                              timeout=60)
        self.assertNotRegex(done.stderr.decode(errors="replace"), "Sanitizer|runtime error")
        return done

    def shap(self, *words, token="ok", **more):
        """Runs shap with a token that tells the server how to behave."""
        token_file = self.home / "token"
        token_file.write_text(token + "\n")
        token_file.chmod(0o600)
        return self.run_shap(*words, "--token-file", token_file, **more)

    def probe(self, server, method="WhoAmI", count=1, in_flight=1, ca=None, timeout_ms=10000):
        done = subprocess.run([self.probe_path, server, ca or "-", str(timeout_ms), method, str(count), str(in_flight)],
                              env=self.environment(), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotRegex(done.stderr, "Sanitizer|runtime error")
        return done.stdout.splitlines(), done.stderr


def main(argv):
    Case.shap_path, Case.probe_path = map(os.path.abspath, argv[1:3])
    unittest.main(argv=[argv[0], *argv[3:]], verbosity=1)
