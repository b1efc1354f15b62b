# A request that is not carried out: a code for the program, a sentence for the person.
class Refusal(Exception):
    def __init__(self, code, sentence):
        self.code = code
        self.sentence = sentence
